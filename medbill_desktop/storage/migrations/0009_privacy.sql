-- Notices, authorizations to disclose, restrictions, and callers who were identified.
CREATE TABLE restriction (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), visit_id INTEGER NOT NULL REFERENCES visit (id),
  charge_id INTEGER REFERENCES charge (id), state TEXT NOT NULL CHECK (state = 'requested' OR state = 'active' OR state = 'at risk' OR state = 'ended'),
  asked_on TEXT NOT NULL, asked_by TEXT NOT NULL, noted_by INTEGER NOT NULL, noted_at TEXT NOT NULL, proven_on TEXT, at_risk_on TEXT,
  told_on TEXT, told_by INTEGER, told_words TEXT NOT NULL DEFAULT '', ended_on TEXT, ended_by INTEGER,
  ending TEXT NOT NULL DEFAULT '' CHECK (ending = '' OR ending = 'patient' OR ending = 'practice'), words TEXT NOT NULL DEFAULT '',
  CHECK ((state = 'ended') = (ended_on IS NOT NULL)), CHECK (ended_on IS NULL OR (ending <> '' AND words <> ''))
) STRICT;
CREATE UNIQUE INDEX restriction_charge ON restriction (charge_id) WHERE charge_id IS NOT NULL AND state <> 'ended';
CREATE UNIQUE INDEX restriction_whole_visit ON restriction (visit_id) WHERE charge_id IS NULL AND state <> 'ended';
CREATE INDEX restriction_visit ON restriction (visit_id);
CREATE INDEX restriction_patient ON restriction (patient_id);
CREATE INDEX restriction_at_risk ON restriction (at_risk_on) WHERE state = 'at risk';
CREATE TRIGGER restriction_no_delete BEFORE DELETE ON restriction BEGIN SELECT RAISE(ABORT, 'a restriction is ended, never deleted'); END;
CREATE TRIGGER restriction_ended_once BEFORE UPDATE ON restriction WHEN OLD.state = 'ended'
  BEGIN SELECT RAISE(ABORT, 'a restriction that ended stays as it is'); END;
-- The practice can't end one that was paid for, whoever asks (45 CFR 164.522(a)(2)(iii)).
CREATE TRIGGER restriction_not_by_practice BEFORE UPDATE ON restriction WHEN OLD.state = 'active' AND NEW.ending = 'practice'
  BEGIN SELECT RAISE(ABORT, 'the practice does not end an active restriction'); END;
CREATE TABLE restriction_plan (
  restriction_id INTEGER NOT NULL REFERENCES restriction (id), payer_id INTEGER NOT NULL REFERENCES payer (id), PRIMARY KEY (restriction_id, payer_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE other_restriction (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), asked_on TEXT NOT NULL, what TEXT NOT NULL, not_to TEXT NOT NULL DEFAULT '',
  agreed INTEGER NOT NULL CHECK (agreed = 0 OR agreed = 1), reason TEXT NOT NULL DEFAULT '', decided_by INTEGER NOT NULL, decided_at TEXT NOT NULL,
  ended_on TEXT, ended_by INTEGER, ended_words TEXT NOT NULL DEFAULT '', CHECK (agreed = 1 OR reason <> '')
) STRICT;
CREATE INDEX other_restriction_patient ON other_restriction (patient_id);
CREATE TRIGGER other_restriction_no_delete BEFORE DELETE ON other_restriction BEGIN SELECT RAISE(ABORT, 'a restriction is ended, never deleted'); END;
CREATE TABLE notice_version (
  id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE, text TEXT NOT NULL, effective_on TEXT NOT NULL UNIQUE, added_by INTEGER NOT NULL, added_at TEXT NOT NULL
) STRICT;
CREATE TRIGGER notice_version_no_update BEFORE UPDATE ON notice_version BEGIN SELECT RAISE(ABORT, 'a notice stays as it was given'); END;
CREATE TRIGGER notice_version_no_delete BEFORE DELETE ON notice_version BEGIN SELECT RAISE(ABORT, 'a notice stays as it was given'); END;
CREATE TABLE notice_given (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), version_id INTEGER NOT NULL REFERENCES notice_version (id), given_on TEXT NOT NULL,
  acknowledged_on TEXT, reason TEXT NOT NULL DEFAULT '', noted_by INTEGER NOT NULL, noted_at TEXT NOT NULL,
  CHECK (acknowledged_on IS NULL OR reason = '')
) STRICT;
CREATE INDEX notice_given_patient ON notice_given (patient_id);
CREATE TRIGGER notice_given_no_update BEFORE UPDATE ON notice_given BEGIN SELECT RAISE(ABORT, 'what was noted of a notice stays'); END;
CREATE TRIGGER notice_given_no_delete BEFORE DELETE ON notice_given BEGIN SELECT RAISE(ABORT, 'what was noted of a notice stays'); END;
CREATE TABLE disclosure_authorization (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), to_whom TEXT NOT NULL, what TEXT NOT NULL, purpose TEXT NOT NULL,
  signed_on TEXT NOT NULL, expires_on TEXT, expires_when TEXT NOT NULL DEFAULT '', ended_on TEXT, ended_by INTEGER,
  ending TEXT NOT NULL DEFAULT '' CHECK (ending = '' OR ending = 'revoked' OR ending = 'event'), noted_by INTEGER NOT NULL, noted_at TEXT NOT NULL,
  CHECK (expires_on IS NOT NULL OR expires_when <> ''), CHECK ((ended_on IS NULL) = (ending = ''))
) STRICT;
CREATE INDEX disclosure_authorization_patient ON disclosure_authorization (patient_id);
CREATE TRIGGER disclosure_authorization_no_delete BEFORE DELETE ON disclosure_authorization BEGIN SELECT RAISE(ABORT, 'an authorization is revoked, never deleted'); END;
CREATE TABLE disclosure (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), made_on TEXT NOT NULL, to_whom TEXT NOT NULL, address TEXT NOT NULL DEFAULT '',
  what TEXT NOT NULL, why TEXT NOT NULL, basis TEXT NOT NULL, authorization_id INTEGER REFERENCES disclosure_authorization (id),
  payer_id INTEGER REFERENCES payer (id), visit_id INTEGER REFERENCES visit (id), made_by INTEGER NOT NULL, noted_at TEXT NOT NULL,
  CHECK ((basis = 'authorization') = (authorization_id IS NOT NULL))
) STRICT;
CREATE INDEX disclosure_patient ON disclosure (patient_id, made_on);
CREATE TRIGGER disclosure_no_update BEFORE UPDATE ON disclosure BEGIN SELECT RAISE(ABORT, 'a disclosure stays as it was noted'); END;
CREATE TRIGGER disclosure_no_delete BEFORE DELETE ON disclosure BEGIN SELECT RAISE(ABORT, 'a disclosure stays as it was noted'); END;
CREATE TABLE caller_check (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), caller TEXT NOT NULL, matched TEXT NOT NULL,
  passed INTEGER NOT NULL CHECK (passed = 0 OR passed = 1), checked_by INTEGER NOT NULL, checked_at TEXT NOT NULL
) STRICT;
CREATE INDEX caller_check_patient ON caller_check (patient_id);
CREATE TRIGGER caller_check_no_update BEFORE UPDATE ON caller_check BEGIN SELECT RAISE(ABORT, 'a check stays as it was made'); END;
CREATE TRIGGER caller_check_no_delete BEFORE DELETE ON caller_check BEGIN SELECT RAISE(ABORT, 'a check stays as it was made'); END;
CREATE TABLE estimate (
  id INTEGER PRIMARY KEY, visit_id INTEGER NOT NULL UNIQUE REFERENCES visit (id), patient_id INTEGER NOT NULL REFERENCES patient (id),
  cents INTEGER NOT NULL CHECK (cents > 0), given_on TEXT NOT NULL, noted_by INTEGER NOT NULL, noted_at TEXT NOT NULL,
  reviewed_on TEXT, reviewed_by INTEGER, reviewed_cents INTEGER, words TEXT NOT NULL DEFAULT ''
) STRICT;
