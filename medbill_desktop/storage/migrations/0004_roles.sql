-- Roles of the practice's own, limits, and what waits for a second person.
CREATE TABLE own_role (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, base TEXT NOT NULL, permissions TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1, made_by INTEGER NOT NULL REFERENCES user (id), made_at TEXT NOT NULL,
  changed_by INTEGER NOT NULL REFERENCES user (id), changed_at TEXT NOT NULL
) STRICT;
CREATE TABLE proposal (
  id INTEGER PRIMARY KEY, case_name TEXT NOT NULL, command_id INTEGER NOT NULL UNIQUE, command TEXT NOT NULL, subject_kind TEXT, subject_id INTEGER,
  patient_id INTEGER REFERENCES patient (id), cents INTEGER, limit_name TEXT NOT NULL, limit_amount INTEGER NOT NULL,
  asked_by INTEGER NOT NULL REFERENCES user (id), asked_at TEXT NOT NULL, expires_on TEXT NOT NULL, reason TEXT NOT NULL, words TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'approved' OR state = 'declined' OR state = 'withdrawn'),
  decided_by INTEGER REFERENCES user (id), decided_at TEXT, answer TEXT NOT NULL DEFAULT '', countersigned INTEGER NOT NULL DEFAULT 0, seen_at TEXT,
  CHECK ((state = 'waiting') = (decided_at IS NULL)), CHECK (decided_at IS NULL OR decided_by IS NOT NULL),
  CHECK (state = 'waiting' OR (state = 'withdrawn') = (decided_by = asked_by))
) STRICT;
CREATE INDEX proposal_state ON proposal (state, asked_by);
CREATE TABLE owner_review (
  id INTEGER PRIMARY KEY, action TEXT NOT NULL, command_id INTEGER NOT NULL, subject_kind TEXT, subject_id INTEGER,
  patient_id INTEGER REFERENCES patient (id), cents INTEGER, limit_name TEXT, limit_amount INTEGER, user_id INTEGER NOT NULL REFERENCES user (id),
  at TEXT NOT NULL, signed_by INTEGER REFERENCES user (id), signed_at TEXT, comment TEXT NOT NULL DEFAULT '',
  CHECK ((signed_at IS NULL) = (signed_by IS NULL))
) STRICT;
CREATE INDEX owner_review_open ON owner_review (id) WHERE signed_at IS NULL;
CREATE TABLE access_review (
  id INTEGER PRIMARY KEY, quarter TEXT NOT NULL UNIQUE, comment TEXT NOT NULL, audit_seq INTEGER NOT NULL, user_id INTEGER NOT NULL REFERENCES user (id),
  at TEXT NOT NULL
) STRICT;
CREATE TABLE access_review_line (
  id INTEGER PRIMARY KEY, review_id INTEGER NOT NULL REFERENCES access_review (id), person_id INTEGER NOT NULL REFERENCES user (id), roles TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict = 'keep' OR verdict = 'narrow' OR verdict = 'remove'), words TEXT NOT NULL DEFAULT '',
  UNIQUE (review_id, person_id)
) STRICT;
CREATE TRIGGER proposal_as_asked BEFORE UPDATE OF id, case_name, command_id, command, subject_kind, subject_id, patient_id, cents, limit_name, limit_amount, asked_by, asked_at, expires_on, reason, words ON proposal
  BEGIN SELECT RAISE(ABORT, 'a proposal stays as it was asked'); END;
CREATE TRIGGER proposal_decided_once BEFORE UPDATE OF state, decided_by, decided_at, answer ON proposal WHEN OLD.state <> 'waiting'
  BEGIN SELECT RAISE(ABORT, 'a proposal is decided once'); END;
CREATE TRIGGER proposal_no_delete BEFORE DELETE ON proposal BEGIN SELECT RAISE(ABORT, 'a proposal stays'); END;
CREATE TRIGGER owner_review_as_done BEFORE UPDATE OF id, action, command_id, subject_kind, subject_id, patient_id, cents, limit_name, limit_amount, user_id, at ON owner_review
  BEGIN SELECT RAISE(ABORT, 'the review list stays as it was done'); END;
CREATE TRIGGER owner_review_signed_once BEFORE UPDATE ON owner_review WHEN OLD.signed_at IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the review list is signed once'); END;
CREATE TRIGGER owner_review_no_delete BEFORE DELETE ON owner_review BEGIN SELECT RAISE(ABORT, 'the review list stays'); END;
CREATE TRIGGER access_review_no_update BEFORE UPDATE ON access_review BEGIN SELECT RAISE(ABORT, 'a signed review stays'); END;
CREATE TRIGGER access_review_no_delete BEFORE DELETE ON access_review BEGIN SELECT RAISE(ABORT, 'a signed review stays'); END;
CREATE TRIGGER access_review_line_no_update BEFORE UPDATE ON access_review_line BEGIN SELECT RAISE(ABORT, 'a signed review stays'); END;
CREATE TRIGGER access_review_line_no_delete BEFORE DELETE ON access_review_line BEGIN SELECT RAISE(ABORT, 'a signed review stays'); END;
