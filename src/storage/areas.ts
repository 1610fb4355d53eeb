/**
 * Where things lie in the store: the first name of their keys. The rooms that keep them name the rest.
 */
export const areas = { checkpoints: 'checkpoints', datasets: 'datasets', pins: 'pins' } as const;
