import { characterEntities } from 'character-entities';
import { characterEntitiesLegacy } from 'character-entities-legacy';

/** Code point of a name that stands before `;`: the HTML standard's table, without the few names of two characters. */
export const HTML_NAMES: ReadonlyMap<string, number> = codePointsOf(Object.keys(characterEntities));

/** Code point of a name that counts even where no `;` follows. */
export const LOOSE_HTML_NAMES: ReadonlyMap<string, number> = codePointsOf(characterEntitiesLegacy);

export const LONGEST_HTML_NAME = longest(HTML_NAMES);
export const LONGEST_LOOSE_HTML_NAME = longest(LOOSE_HTML_NAMES);

/** What HTML takes a reference to one of the code points from 128 to 159 for, which are control characters: Windows-1252. */
export const CONTROL_REFERENCES = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function codePointsOf(names: readonly string[]): Map<string, number> {
  const codePoints = new Map<string, number>();
  for (const name of names) {
    const [first, second] = characterEntities[name] ?? '';
    if (first !== undefined && second === undefined) codePoints.set(name, first.codePointAt(0) ?? 0);
  }
  return codePoints;
}

function longest(names: ReadonlyMap<string, number>): number {
  return Math.max(...[...names.keys()].map((name) => name.length));
}
