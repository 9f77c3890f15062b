import { ListField } from '../parts/list-field.tsx';
import type { SecretDraft } from './draft.ts';

interface AccessFieldsProps {
  draft: SecretDraft;
  set(changes: Partial<SecretDraft>): void;
  disabled: boolean;
}

/** Who may use the value, and who may edit what is kept with it. */
export function AccessFields({ draft, set, disabled }: AccessFieldsProps) {
  const { locked, usersAllowed, groupsAllowed } = draft;
  return (
    <>
      <fieldset class="field" disabled={disabled}>
        <legend>Who may use it</legend>
        <div class="choices tall">
          <label>
            <input
              type="checkbox"
              checked={locked}
              onChange={({ currentTarget }) => set({ locked: currentTarget.checked })}
            />
            <span>
              Locked
              <small>Only logged-in users may use it; otherwise anybody who names the application.</small>
            </span>
          </label>
        </div>
      </fieldset>
      <ListField
        label="Users"
        one="User"
        add="Add a user"
        path="usersAllowed"
        hint="With users or groups listed, it is for those alone."
        disabled={disabled}
        values={usersAllowed}
        empty={{ username: '', canEdit: false }}
        textOf={({ username }) => username}
        withText={(access, username) => ({ ...access, username })}
        more={(access, setAccess) => (
          <MayEdit canEdit={access.canEdit} onChange={(canEdit) => setAccess({ ...access, canEdit })} />
        )}
        onChange={(access) => set({ usersAllowed: access })}
      />
      <ListField
        label="Groups"
        one="Group"
        add="Add a group"
        path="groupsAllowed"
        disabled={disabled}
        values={groupsAllowed}
        empty={{ name: '', canEdit: false }}
        textOf={({ name }) => name}
        withText={(access, name) => ({ ...access, name })}
        more={(access, setAccess) => (
          <MayEdit canEdit={access.canEdit} onChange={(canEdit) => setAccess({ ...access, canEdit })} />
        )}
        onChange={(access) => set({ groupsAllowed: access })}
      />
    </>
  );
}

function MayEdit({ canEdit, onChange }: { canEdit: boolean; onChange(canEdit: boolean): void }) {
  return (
    <label class="may-edit">
      <input type="checkbox" checked={canEdit} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
      may edit
    </label>
  );
}
