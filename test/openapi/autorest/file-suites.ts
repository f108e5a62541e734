import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { call, type Suite } from './scenario.ts';

const { resolve } = createRequire(import.meta.url);
const sample = readFileSync(
  resolve('@microsoft.azure/autorest.testserver/legacy/routes/sample.png'),
);

const text = 'Upload file test case';
const base64 = Buffer.from(text).toString('base64');
const echoed = { kind: 'text', text } as const;

/** Files up and down, and forms. */
export const fileSuites: readonly Suite[] = [
  {
    document: 'body-binary',
    counts: /^BodyBinary/,
    scenarios: [
      call('Upload_File', 'BodyBinaryFile', { body: { more: 'cowbell' } }),
      call('Upload_Binary', 'BodyBinaryOctet', { body: base64 }),
      call('Download_ErrorStream', 'BodyBinaryError', {}, { kind: 'failed', status: 400 }),
    ],
  },
  {
    document: 'body-file',
    counts: /^FileStream/,
    scenarios: [
      call(
        'files_GetFile',
        'FileStreamNonempty',
        {},
        {
          kind: 'image',
          base64: sample.toString('base64'),
        },
      ),
      // 3 GB: cut off after what one answer may hold.
      call(
        'files_GetFileLarge',
        'FileStreamVeryLarge',
        {},
        { kind: 'refused', says: /larger than/ },
      ),
      call('files_GetEmptyFile', 'FileStreamEmpty'),
    ],
  },
  {
    document: 'body-formdata',
    counts: /^(FormdataStreamUploadFile|StreamUploadFile)$/,
    scenarios: [
      call(
        'formdata_UploadFile',
        'FormdataStreamUploadFile',
        { fileContent: base64, fileName: 'UploadFile.txt' },
        echoed,
      ),
      call('formdata_UploadFileViaBody', 'StreamUploadFile', { body: base64 }, echoed),
      {
        // The server has no such path.
        operation: 'formdata_UploadFiles',
        given: { fileContent: [base64, base64] },
        answer: { kind: 'failed', status: 404 },
      },
    ],
  },
  {
    document: 'body-formdata-urlencoded',
    counts: /^(UpdatePetWithForm|UrlEncodedDataWithPartialConstantBody)$/,
    scenarios: [
      call('formdataurlencoded_updatePetWithForm', 'UpdatePetWithForm', {
        petId: 1,
        pet_type: 'dog',
        pet_food: 'meat',
        pet_age: 42,
        name: 'Fido',
      }),
      call('formdataurlencoded_partialConstantBody', 'UrlEncodedDataWithPartialConstantBody', {
        grant_type: 'access_token',
        service: 'bar',
        access_token: 'foo',
      }),
    ],
  },
];
