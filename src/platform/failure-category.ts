/**
 * Whose business a failure is.
 */
export const failureCategories = ['user', 'data', 'capacity', 'infrastructure', 'bug'] as const;
export type FailureCategory = (typeof failureCategories)[number];
