/** The store in a bucket keeps the contract of stores. */
import { storeContract } from './contract.ts';
import { emptyS3, openS3, useS3 } from './s3.ts';

const s3 = useS3();

storeContract(async () => {
  const location = await emptyS3(s3.current);
  return { store: openS3(location), again: () => openS3(location) };
});
