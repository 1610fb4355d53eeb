/**
 * The headers of the pages that are served to people: what they run, show or ask for comes from this service, and no
 * other page can frame them.
 */
const contentSecurityPolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** @param exceptions directives of the Content-Security-Policy that a page needs to be wider. */
export function pageHeaders(exceptions: Partial<typeof contentSecurityPolicy> = {}): Record<string, string> {
  const directives = Object.entries({ ...contentSecurityPolicy, ...exceptions });
  return {
    'content-security-policy': directives.map((directive) => directive.join(' ')).join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  };
}
