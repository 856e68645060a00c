-- A kit that owners are told of, the right to make one, and a reviewer's own rights judged by somebody else.
ALTER TABLE recovery_kit ADD COLUMN tell_owners INTEGER NOT NULL DEFAULT 0 CHECK (tell_owners = 0 OR tell_owners = 1);
CREATE TABLE kit_seen (
  kit_id INTEGER NOT NULL REFERENCES recovery_kit (id), user_id INTEGER NOT NULL REFERENCES user (id), at TEXT NOT NULL,
  PRIMARY KEY (kit_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER kit_seen_no_update BEFORE UPDATE ON kit_seen BEGIN SELECT RAISE(ABORT, 'what an owner has seen stays'); END;
CREATE TRIGGER kit_seen_no_delete BEFORE DELETE ON kit_seen BEGIN SELECT RAISE(ABORT, 'what an owner has seen stays'); END;
-- Who could make a kit by a copy of the owner's or the officer's role still can; no other copy ever does.
UPDATE own_role SET permissions = json_insert(permissions, '$[#]', 'MAKE_KIT')
  WHERE (base = 'privacy officer' OR base = 'owner') AND instr(permissions, '"MANAGE_USERS"') > 0;
ALTER TABLE access_review_line ADD COLUMN judged_by INTEGER REFERENCES user (id);
ALTER TABLE access_review_line ADD COLUMN judged_at TEXT CHECK ((judged_at IS NULL) = (judged_by IS NULL));
