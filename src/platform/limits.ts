/**
 * Every limit on what a caller may ask for, in one place; docs/limits.md lists them for users. A limit is refused with
 * its path, the value and the limit before anything is queued.
 */
export const limits = {
  name: 200,
  /** binary-digits has base^(order+1) classes; more than this many are refused. */
  classes: 1024,
  features: 1024,
  layers: 8,
  units: 1024,
  batchSize: 4096,
  sequenceLength: 4096,
  steps: 10_000_000,
  /** Progress events of one job (steps / reportEvery). */
  reports: 10_000,
  /** Periodic checkpoints of one job (steps / checkpointEvery). */
  checkpoints: 1_000,
  /** Floating-point operations of a whole job: some 5 hours at 50 GFLOP/s. */
  flops: 1e15,
  /** Working memory of a job: weights, gradients, optimiser slots, activations. */
  bytes: 4 * 2 ** 30,
  /** What a job may ask for as limits of its own: a month, and a tebibyte. */
  seconds: 31 * 24 * 3600,
  memoryMiB: 2 ** 20,
  learningRate: 1e3,
  clipNorm: 1e9,
  classWeight: 1e6,
  /** The body of a job spec or a prediction, in bytes; and that of any other request but an upload. */
  body: 8 * 2 ** 20,
  smallBody: 64 * 2 ** 10,
  /** Characters of a part of a path, as an id. */
  pathPart: 100,
  /** Levels of brackets in JSON: of a body, of a line of an upload, of a parameter. */
  jsonDepth: 32,
  /** Mistakes that the refusal of a request names. */
  errors: 20,
  /** Sequences in one /predict call, steps in one of them, and steps in all. */
  predictSequences: 1024,
  predictSteps: 100_000,
  /**
   * Floating-point operations of one /predict call; probabilities in its answer (steps times classes), and inputs
   * (steps times features).
   */
  predictFlops: 2e10,
  predictNumbers: 1_000_000,
  predictInputs: 25_000_000,
  /**
   * Predictions that wait for a thread; more are refused until one is done. And bytes of the models that all threads
   * together keep loaded.
   */
  predictQueue: 32,
  predictCacheBytes: 2 ** 30,
  /** Of /predict/explain: steps of one sequence, how far back, and values in the place of each input. */
  explainedSteps: 100,
  explainedLags: 512,
  explainReplacements: 10_000,
  /** Floating-point operations that values may take where it is not said how many; 20 of them may take more. */
  explainDefaultFlops: 4e9,
  /** Sessions at once, and seconds after its last step at which one ends. */
  sessions: 1_000,
  sessionIdleSeconds: 900,
  /** Aliases in all, and what the history of each remembers. */
  aliases: 1_000,
  aliasHistory: 100,
  /** Evaluations that wait for their thread; more are refused until one is done. */
  evaluationQueue: 16,
  /** A file that a model is imported from, and any file in it; and the header of one in safetensors. Imports that wait. */
  modelFileBytes: 512 * 2 ** 20,
  modelHeaderBytes: 16 * 2 ** 20,
  /** Of a weight that is imported, and of what is said to be left out of a file. */
  weight: 1e18,
  ignoredParts: 32,
  imports: 4,
  /** Requests that wait for the checkpoint that a job is to start from; more are refused until one is done. */
  initialCopies: 32,
  /** Uploads at once; more are refused until one is done. */
  uploads: 16,
  /** What an upload, or a file that is imported, has to bring in each so many seconds: its place is given to others then. */
  uploadWindowBytes: 16 * 2 ** 10,
  uploadWindowSeconds: 30,
  /** An uploaded dataset: its bytes, and those of one line or CSV record. */
  datasetBytes: 512 * 2 ** 20,
  datasetLineBytes: 16 * 2 ** 20,
  /** Sequences, steps in one of them and in all, and numbers in all (steps times features). */
  datasetSequences: 500_000,
  datasetLength: 1_000_000,
  datasetSteps: 50_000_000,
  datasetValues: 64_000_000,
  /** Positions of a row that a report lists. */
  reportPositions: 4096,
  /** Different strings in a dataset's inputs, each a one-hot feature; and characters of one of them, of a label, of a sequence's id. */
  vocabulary: 1_000,
  datasetText: 200,
  /** Mistakes that a refused upload names. */
  datasetErrors: 20,
  /** Sequences in a preview of a dataset, and steps of each. */
  previewSequences: 20,
  previewSteps: 1_000,
  /** Jobs that wait for a worker; more are refused with 429. Each takes some 5 KB of Redis. */
  queuedJobs: 10_000,
  /** Page length of lists. */
  page: 100,
} as const;
