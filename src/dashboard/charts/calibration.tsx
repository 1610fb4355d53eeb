/**
 * Whether the probabilities of a model mean what they say: by how much its confidence and its accuracy differ.
 */
import type { Report } from '../../diagnosis/report/report-schema.ts';
import { percentText } from '../format.ts';

export function CalibrationPlot({ report: { calibrationError } }: { report: Report }) {
  return (
    <>
      <p class="big-number">{percentText(calibrationError)}</p>
      <p class="soft small-text">
        Expected calibration error: by so much confidence and accuracy differ on average, over 15 bins of confidence. 0
        %: of all predictions made with 80 %, 80 % are right.
      </p>
    </>
  );
}
