/**
 * The form of a dataset's id: from its content, so that the same content is the same dataset.
 */
export const datasetId = /^ds_[0-9a-f]{24}$/;
