/** The bounds of what is handed out, erased and captured of people; a part of `limits`. */
export const privacyLimits = {
  /** Exports of one tenant that run at once. */
  exportsPerTenantMax: 2,
  /** Usage records or audit events that one statement of an export looks through. */
  exportWindowRows: 2_000,
  /** The longest a tenant captures calls, and keeps what was captured. */
  captureMsMax: 24 * 3_600_000,
  captureKeepHoursMax: 72,
  /** Arguments or a result that are captured whole; of longer ones the beginning is. */
  captureBytesMax: 16 * 1024,
  /** Arguments or a result that are looked through at all; larger ones are left out. */
  captureReadBytesMax: 256 * 1024,
  /** What all captures of one tenant hold. */
  captureBytesPerTenantMax: 16 * 1024 * 1024,
  /** Captures of all tenants that wait to be redacted and kept; further calls are not captured. */
  capturesPendingMax: 16,
} as const;
