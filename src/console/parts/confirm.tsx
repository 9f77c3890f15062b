import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { TextField } from './field.tsx';
import { Form } from './form.tsx';

interface ConfirmProps {
  title: string;
  label: string;
  danger?: boolean;
  /** Has to be typed first. */
  typed?: string;
  action(): Promise<unknown>;
  onClose(): void;
  children: ComponentChildren;
}

export function Confirm({ title, label, danger, typed, action, onClose, children }: ConfirmProps) {
  const [text, setText] = useState('');
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        label={label}
        danger={danger ?? false}
        disabled={typed !== undefined && text !== typed}
        action={action}
        onCancel={onClose}
      >
        <p>{children}</p>
        {typed !== undefined && (
          <TextField label={`Type ${typed} to go on`} path="" first value={text} onChange={(value) => setText(value)} />
        )}
      </Form>
    </Dialog>
  );
}
