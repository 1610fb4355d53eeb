/**
 * The categories of failures: who can do something about one.
 */
export const failureCategories = ['user', 'data', 'capacity', 'infrastructure', 'bug'] as const;
export type FailureCategory = (typeof failureCategories)[number];
