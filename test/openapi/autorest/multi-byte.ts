/** The server's text of characters that are easily changed into ones that look the same: base64. */
export const multiByteBase64 = '5ZWK6b2E5LiC54ub54uc76ex76Ss76ex76iM76ip';

/** The same text. */
export const multiByte = Buffer.from(multiByteBase64, 'base64').toString('utf8');
