/**
 * The errors by which a part of the setup says what stands in its way.
 */

/** Something that the user can mend: the message is one sentence that names the remedy. The setup ends. */
export class SetupError extends Error {}

/** TensorFlow cannot be had here (platform, network): the setup says so and goes on without that engine. */
export class UnavailableHere extends Error {}
