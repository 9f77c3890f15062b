// pure
/** As much of a logger as is needed here. Never give it a token or a secret. */
export interface WarningLog {
  warn(fields: Record<string, unknown>, message: string): void;
}
