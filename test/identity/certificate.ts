import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate that nobody else has: signed by itself, made for one test. */
export interface OwnCertificate {
  /** Certificate and key, as GRAPH_CERTIFICATE_PATH names them. */
  readonly pem: string;
  readonly certificatePem: string;
  readonly publicKey: KeyObject;
  readonly sha256: string;
  readonly sha1: string;
}

export function ownCertificate(): OwnCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const algorithm = sequence(Buffer.from('06092a864886f70d01010b', 'hex'), tagged(0x05));
  const name = sequence(tagged(0x31, sequence(Buffer.from('0603550403', 'hex'), tagged(0x0c, Buffer.from('connector test')))));
  const validity = sequence(tagged(0x17, Buffer.from('200101000000Z')), tagged(0x17, Buffer.from('491231235959Z')));
  const content = sequence(tagged(0x02, Buffer.from([1])), algorithm, name, validity, name, publicKey.export({ type: 'spki', format: 'der' }));
  const der = sequence(content, algorithm, tagged(0x03, Buffer.from([0]), sign('sha256', content, privateKey)));
  const certificatePem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  const thumbprint = (hash: string): string => createHash(hash).update(der).digest('base64url');
  return { pem: `${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}${certificatePem}`, certificatePem, publicKey, sha256: thumbprint('sha256'), sha1: thumbprint('sha1') };
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
