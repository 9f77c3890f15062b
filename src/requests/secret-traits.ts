// pure
import { invalidParameter } from '../errors.ts';
import { isUnambiguousPath } from '../secrets/url-path.ts';
import { percentEncode } from '../upstream/encode.ts';
import { fitsHeader } from './header-rules.ts';
import type { PlaceholderUse } from './placeholder-uses.ts';
import { missingClientId, type PlaceholderName } from './placeholders.ts';

/** Where a value can stand: known without the value, so that submissions are refused without opening it. */
export interface SecretTraits {
  /** Printable ASCII without a space at either end. In `$BASE64(…)` every value fits a header. */
  fitsHeader: boolean;
  /**
   * No slash, backslash, control character or dot segment at any depth of percent-encoding, and not made of dots alone. A path that goes
   * wrong only by what stands around the value is found when it is put together (`buildOutbound`).
   */
  fitsPath: boolean;
}

export function traitsOf(value: string): SecretTraits {
  return { fitsHeader: fitsHeader(value), fitsPath: fitsPath(value) };
}

function fitsPath(value: string): boolean {
  return isUnambiguousPath(percentEncode(value)) && !/^\.*$/.test(value);
}

/**
 * Throws INVALID_PARAMETER at the first parameter where a value cannot stand: a header that cannot carry it, a path that
 * it would break, a `$CLIENT_ID` without a value (`clientIdTraits` null).
 */
export function checkTraits(
  uses: readonly PlaceholderUse[],
  traits: SecretTraits,
  clientIdTraits: SecretTraits | null,
): void {
  for (const use of uses) {
    const valueTraits = use.name === 'CLIENT_SECRET' ? traits : clientIdTraits;
    if (valueTraits === null) throw missingClientId(use.parameter);
    if (use.placement === 'HEADERS' && !use.inBase64 && !valueTraits.fitsHeader) {
      throw invalidParameter(
        use.parameter,
        `${subject(use.name)} has a space at an end or is not printable ASCII, and cannot stand in a header but within $BASE64(…).`,
      );
    }
    if (use.inPath && !valueTraits.fitsPath) {
      throw invalidParameter(
        use.parameter,
        `${subject(use.name)} has a slash, a backslash or dots in it that cannot stand in a path.`,
      );
    }
  }
}

function subject(name: PlaceholderName): string {
  return `The value of $${name}`;
}
