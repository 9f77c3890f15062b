import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';

/** Characters: more makes a page slow, and nobody reads it there. */
const SHOWN = 100_000;
/** What an image element draws without running anything. */
const IMAGE = /^image\/(png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)\b/i;

interface BodyProps {
  /** Of the file that it is saved as. */
  name: string;
  text?: string;
  base64?: string;
  type?: string;
}

/** Text as text, an image as an image; whole in a file where it is neither, or long. */
export function Body({ name, text, base64 = '', type = '' }: BodyProps) {
  if (text !== undefined) {
    return (
      <>
        <pre>{text.slice(0, SHOWN)}</pre>
        {text.length > SHOWN && (
          <p class="row">
            The first {SHOWN.toLocaleString()} of {text.length.toLocaleString()} characters.
            <Download name={`${name}.txt`} bytes={new TextEncoder().encode(text)} />
          </p>
        )}
      </>
    );
  }
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const [, image] = IMAGE.exec(type) ?? [];
  return (
    <>
      {image && <img alt={`Body of the ${name}`} src={`data:image/${image};base64,${base64}`} />}
      <p class="row">
        {type || 'Bytes'}, {bytes.length.toLocaleString()} bytes
        <Download name={image ? `${name}.${image}` : `${name}.bin`} bytes={bytes} />
      </p>
    </>
  );
}

function Download({ name, bytes }: { name: string; bytes: Uint8Array<ArrayBuffer> }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    // Never of the third party's type: opened as a page it would be one of this origin.
    const made = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes.length, name]);
  return (
    <a class="button" href={url} download={name}>
      <Icon name="download" /> Download
    </a>
  );
}
