CREATE TABLE vault (
  id INTEGER PRIMARY KEY CHECK (id = 1), vault_id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind = 'practice' OR kind = 'training'),
  epoch INTEGER NOT NULL, gen INTEGER NOT NULL, created_at TEXT NOT NULL, app_version TEXT NOT NULL
) STRICT;
CREATE TABLE setting (
  key TEXT NOT NULL, effective_from TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key, effective_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE user (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, roles TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1,
  totp_secret TEXT, totp_last_step INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL
) STRICT;
CREATE TABLE recovery_code (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user (id), salt BLOB NOT NULL, digest BLOB NOT NULL, used_at TEXT
) STRICT;
CREATE INDEX recovery_code_user ON recovery_code (user_id);
CREATE TABLE workstation (
  number INTEGER PRIMARY KEY, device_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, store_kind TEXT NOT NULL, enrolled_at TEXT NOT NULL,
  enrolled_by INTEGER, revoked_at TEXT
) STRICT;
CREATE TABLE counter (
  workstation INTEGER NOT NULL, kind TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (workstation, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE command (
  id INTEGER PRIMARY KEY, case_name TEXT NOT NULL, digest BLOB NOT NULL, user_id INTEGER NOT NULL, at TEXT NOT NULL, result TEXT NOT NULL
) STRICT;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, user_id INTEGER, workstation INTEGER NOT NULL, session TEXT NOT NULL, action TEXT NOT NULL,
  subject_kind TEXT, subject_id INTEGER, patient_id INTEGER, outcome TEXT NOT NULL, reason TEXT, detail TEXT NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX audit_patient ON audit (patient_id, seq) WHERE patient_id IS NOT NULL;
CREATE INDEX audit_user ON audit (user_id, seq);
CREATE TABLE audit_epoch (
  epoch INTEGER PRIMARY KEY, mac_key BLOB NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, last_mac BLOB NOT NULL
) STRICT;
CREATE TABLE audit_review (
  id INTEGER PRIMARY KEY, week TEXT NOT NULL UNIQUE, findings INTEGER NOT NULL, own INTEGER NOT NULL, comment TEXT NOT NULL,
  audit_seq INTEGER NOT NULL, user_id INTEGER NOT NULL REFERENCES user (id), at TEXT NOT NULL
) STRICT;
CREATE TABLE emergency_access (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user (id), workstation INTEGER NOT NULL, reason TEXT NOT NULL,
  words TEXT NOT NULL, began_at TEXT NOT NULL, until TEXT NOT NULL, ended_at TEXT, signed_by INTEGER REFERENCES user (id),
  signed_at TEXT, comment TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE practice (
  id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, street TEXT NOT NULL, street2 TEXT NOT NULL DEFAULT '', city TEXT NOT NULL,
  state TEXT NOT NULL, zip TEXT NOT NULL, phone TEXT NOT NULL, npi TEXT NOT NULL, tin TEXT NOT NULL, taxonomy TEXT NOT NULL DEFAULT '',
  privacy_officer INTEGER, security_officer INTEGER
) STRICT;
CREATE TABLE provider (
  id INTEGER PRIMARY KEY, last TEXT NOT NULL, first TEXT NOT NULL DEFAULT '', credential TEXT NOT NULL DEFAULT '', npi TEXT NOT NULL DEFAULT '',
  taxonomy TEXT NOT NULL DEFAULT '', active INTEGER NOT NULL DEFAULT 1, source_ref TEXT UNIQUE
) STRICT;
CREATE TABLE place (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, pos TEXT NOT NULL, street TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT '', zip TEXT NOT NULL DEFAULT '', active INTEGER NOT NULL DEFAULT 1, source_ref TEXT UNIQUE
) STRICT;
CREATE TABLE payer (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, payer_code TEXT NOT NULL DEFAULT '', filing_indicator TEXT NOT NULL DEFAULT '',
  street TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT '', zip TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '', active INTEGER NOT NULL DEFAULT 1, source_ref TEXT UNIQUE
) STRICT;
CREATE TABLE guarantor (
  id INTEGER PRIMARY KEY, last TEXT NOT NULL, first TEXT NOT NULL DEFAULT '', mailing_name TEXT NOT NULL, street TEXT NOT NULL DEFAULT '',
  street2 TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT '', zip TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '', bad_address_on TEXT, no_mail_on TEXT, deceased_on TEXT, bankrupt_on TEXT,
  dispute_on TEXT, collection_on TEXT, created_at TEXT NOT NULL
) STRICT;
CREATE TABLE patient (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, last TEXT NOT NULL, first TEXT NOT NULL DEFAULT '', middle TEXT NOT NULL DEFAULT '',
  suffix TEXT NOT NULL DEFAULT '', mailing_name TEXT NOT NULL, former_names TEXT NOT NULL DEFAULT '[]', birth_date TEXT NOT NULL,
  sex TEXT NOT NULL CHECK (sex = 'F' OR sex = 'M' OR sex = 'U'), ssn TEXT NOT NULL DEFAULT '', street TEXT NOT NULL DEFAULT '',
  street2 TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT '', zip TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '', deceased_on TEXT, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id),
  relationship TEXT NOT NULL DEFAULT 'self', source_ref TEXT UNIQUE, created_at TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX patient_guarantor ON patient (guarantor_id);
CREATE TABLE patient_key (key TEXT NOT NULL, patient_id INTEGER NOT NULL REFERENCES patient (id), PRIMARY KEY (key, patient_id)) STRICT, WITHOUT ROWID;
CREATE TABLE contact (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), kind TEXT NOT NULL CHECK (kind = 'person' OR kind = 'confidential' OR kind = 'permission'),
  name TEXT NOT NULL DEFAULT '', relationship TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '', street TEXT NOT NULL DEFAULT '',
  street2 TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT '', zip TEXT NOT NULL DEFAULT '',
  permission TEXT NOT NULL DEFAULT '', allowed INTEGER NOT NULL DEFAULT 1, first_day TEXT NOT NULL, last_day TEXT
) STRICT;
CREATE INDEX contact_patient ON contact (patient_id);
CREATE TABLE coverage (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), payer_id INTEGER NOT NULL REFERENCES payer (id),
  rank INTEGER NOT NULL CHECK (rank BETWEEN 1 AND 9), member_id TEXT NOT NULL, group_number TEXT NOT NULL DEFAULT '',
  group_name TEXT NOT NULL DEFAULT '', relationship TEXT NOT NULL DEFAULT 'self', subscriber_last TEXT NOT NULL DEFAULT '',
  subscriber_first TEXT NOT NULL DEFAULT '', subscriber_birth TEXT, subscriber_sex TEXT NOT NULL DEFAULT '',
  subscriber_street TEXT NOT NULL DEFAULT '', subscriber_city TEXT NOT NULL DEFAULT '', subscriber_state TEXT NOT NULL DEFAULT '',
  subscriber_zip TEXT NOT NULL DEFAULT '', first_day TEXT NOT NULL, last_day TEXT, source_ref TEXT UNIQUE, created_at TEXT NOT NULL,
  CHECK (last_day IS NULL OR last_day >= first_day)
) STRICT;
CREATE INDEX coverage_patient ON coverage (patient_id, rank, first_day);
CREATE INDEX coverage_member ON coverage (member_id);
CREATE TABLE visit (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), service_date TEXT NOT NULL, provider_id INTEGER NOT NULL REFERENCES provider (id),
  place_id INTEGER NOT NULL REFERENCES place (id), coverage_id INTEGER REFERENCES coverage (id), self_pay INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status = 'open' OR status = 'charged' OR status = 'no charge'), note TEXT NOT NULL DEFAULT '', source_ref TEXT UNIQUE,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX visit_patient ON visit (patient_id, service_date);
CREATE INDEX visit_day ON visit (service_date);
CREATE TABLE diagnosis (
  id INTEGER PRIMARY KEY, visit_id INTEGER NOT NULL REFERENCES visit (id), position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 12), code TEXT NOT NULL,
  UNIQUE (visit_id, position), UNIQUE (visit_id, code)
) STRICT;
CREATE TABLE fee (
  id INTEGER PRIMARY KEY, schedule TEXT NOT NULL, code TEXT NOT NULL, modifier TEXT NOT NULL DEFAULT '', description TEXT NOT NULL,
  generic_words TEXT NOT NULL, cents INTEGER NOT NULL CHECK (cents >= 0), first_day TEXT NOT NULL, last_day TEXT,
  UNIQUE (schedule, code, modifier, first_day)
) STRICT;
CREATE INDEX fee_code ON fee (code, first_day);
CREATE TABLE charge (
  id INTEGER PRIMARY KEY, visit_id INTEGER NOT NULL REFERENCES visit (id), patient_id INTEGER NOT NULL REFERENCES patient (id),
  line_no INTEGER NOT NULL, control_number TEXT NOT NULL UNIQUE, service_date TEXT NOT NULL, provider_id INTEGER NOT NULL REFERENCES provider (id),
  place_id INTEGER NOT NULL REFERENCES place (id), coverage_id INTEGER REFERENCES coverage (id), guarantor_id INTEGER NOT NULL REFERENCES guarantor (id),
  code TEXT NOT NULL, description TEXT NOT NULL, generic_words TEXT NOT NULL, modifiers TEXT NOT NULL DEFAULT '', units INTEGER NOT NULL CHECK (units > 0),
  fee_cents INTEGER NOT NULL, amount_cents INTEGER NOT NULL, pointers TEXT NOT NULL, entered_by INTEGER NOT NULL, entered_at TEXT NOT NULL,
  voided_at TEXT, CHECK (amount_cents = fee_cents * units)
) STRICT;
CREATE INDEX charge_patient ON charge (patient_id, service_date);
CREATE INDEX charge_visit ON charge (visit_id);
CREATE INDEX charge_guarantor ON charge (guarantor_id);
CREATE TABLE deposit (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, method TEXT NOT NULL, opened_on TEXT NOT NULL, closed_on TEXT
) STRICT;
CREATE UNIQUE INDEX deposit_open ON deposit (method) WHERE closed_on IS NULL;
CREATE TABLE payment (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id), patient_id INTEGER REFERENCES patient (id),
  method TEXT NOT NULL CHECK (method = 'cash' OR method = 'check' OR method = 'card' OR method = 'eft'), cents INTEGER NOT NULL CHECK (cents > 0), received_on TEXT NOT NULL,
  deposit_id INTEGER NOT NULL REFERENCES deposit (id), visit_id INTEGER REFERENCES visit (id), reference TEXT NOT NULL DEFAULT '',
  taken_by INTEGER NOT NULL, taken_at TEXT NOT NULL, voided_at TEXT
) STRICT;
CREATE INDEX payment_guarantor ON payment (guarantor_id);
CREATE INDEX payment_deposit ON payment (deposit_id);
CREATE INDEX payment_visit ON payment (visit_id) WHERE visit_id IS NOT NULL;
CREATE TABLE posting (
  id INTEGER PRIMARY KEY, posted_on TEXT NOT NULL, recorded_at TEXT NOT NULL, kind TEXT NOT NULL, memo TEXT NOT NULL DEFAULT '', user_id INTEGER NOT NULL,
  command_id INTEGER NOT NULL, source_kind TEXT NOT NULL DEFAULT '', source_id INTEGER, reverses INTEGER UNIQUE REFERENCES posting (id)
) STRICT;
CREATE INDEX posting_source ON posting (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX posting_day ON posting (posted_on);
CREATE INDEX posting_command ON posting (command_id);
CREATE TABLE journal_line (
  id INTEGER PRIMARY KEY, posting_id INTEGER NOT NULL REFERENCES posting (id), account TEXT NOT NULL, cents INTEGER NOT NULL CHECK (cents <> 0),
  cause TEXT, patient_id INTEGER REFERENCES patient (id), charge_id INTEGER REFERENCES charge (id), coverage_id INTEGER REFERENCES coverage (id),
  guarantor_id INTEGER REFERENCES guarantor (id), payer_id INTEGER REFERENCES payer (id), provider_id INTEGER REFERENCES provider (id),
  deposit_id INTEGER REFERENCES deposit (id), payment_id INTEGER REFERENCES payment (id), visit_id INTEGER REFERENCES visit (id), remittance_id INTEGER,
  reason TEXT, ref TEXT,
  CHECK (CASE account
    WHEN 'receivable' THEN patient_id IS NOT NULL AND (charge_id IS NOT NULL OR ref IS NOT NULL) AND (coverage_id IS NULL) <> (guarantor_id IS NULL)
      AND (cause = 'charge' OR cause = 'payment' OR cause = 'adjust' OR cause = 'transfer' OR cause = 'refund' OR cause = 'recoup' OR cause = 'reinstate' OR cause = 'opening')
    WHEN 'revenue' THEN patient_id IS NOT NULL AND charge_id IS NOT NULL AND provider_id IS NOT NULL
    WHEN 'cash' THEN deposit_id IS NOT NULL AND (payment_id IS NOT NULL OR remittance_id IS NOT NULL OR ref IS NOT NULL)
    WHEN 'adjustment' THEN reason IS NOT NULL AND ((reason = 'tax_levy' OR reason = 'tax_withheld' OR reason = 'nonreimbursable' OR reason = 'payer_fee' OR reason = 'collection_fee' OR reason = 'opening')
      OR (charge_id IS NOT NULL AND (coverage_id IS NULL) <> (guarantor_id IS NULL)))
    WHEN 'patient_credit' THEN guarantor_id IS NOT NULL AND (payment_id IS NOT NULL OR ref IS NOT NULL)
    WHEN 'payer_credit' THEN payer_id IS NOT NULL AND remittance_id IS NOT NULL AND ref IS NOT NULL
    WHEN 'suspense' THEN remittance_id IS NOT NULL AND ref IS NOT NULL
    WHEN 'interest' THEN payer_id IS NOT NULL AND remittance_id IS NOT NULL
    WHEN 'refunds_payable' THEN ref IS NOT NULL AND (guarantor_id IS NOT NULL OR payer_id IS NOT NULL)
    ELSE 0 END)
) STRICT;
CREATE INDEX journal_line_posting ON journal_line (posting_id);
CREATE INDEX journal_line_charge ON journal_line (charge_id, account, coverage_id, guarantor_id, cents) WHERE charge_id IS NOT NULL;
CREATE INDEX journal_line_patient ON journal_line (patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX journal_line_guarantor ON journal_line (guarantor_id, account) WHERE guarantor_id IS NOT NULL;
CREATE INDEX journal_line_payment ON journal_line (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX journal_line_deposit ON journal_line (deposit_id) WHERE deposit_id IS NOT NULL;
CREATE TABLE statement (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, run_id INTEGER NOT NULL, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id),
  patient_id INTEGER REFERENCES patient (id), statement_date TEXT NOT NULL, due_date TEXT NOT NULL, step TEXT NOT NULL, total_cents INTEGER NOT NULL, content TEXT NOT NULL,
  mailed_on TEXT, withdrawn_on TEXT, made_by INTEGER NOT NULL, made_at TEXT NOT NULL
) STRICT;
CREATE INDEX statement_guarantor ON statement (guarantor_id, statement_date);
CREATE INDEX statement_run ON statement (run_id);
CREATE TABLE statement_line (
  id INTEGER PRIMARY KEY, statement_id INTEGER NOT NULL REFERENCES statement (id), charge_id INTEGER NOT NULL REFERENCES charge (id),
  owe_cents INTEGER NOT NULL
) STRICT;
CREATE INDEX statement_line_statement ON statement_line (statement_id);
CREATE TABLE backup (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, target TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL, audit_seq INTEGER NOT NULL, audit_head BLOB NOT NULL, verified_at TEXT, other_disk INTEGER NOT NULL DEFAULT 0, deleted_at TEXT
) STRICT;
CREATE TABLE backup_identity (
  id INTEGER PRIMARY KEY, identity TEXT NOT NULL, recipient TEXT NOT NULL, created_at TEXT NOT NULL, retired_at TEXT
) STRICT;
CREATE TABLE draft (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user (id), form TEXT NOT NULL, sealed BLOB NOT NULL, updated_at TEXT NOT NULL,
  UNIQUE (user_id, form)
) STRICT;
CREATE TABLE preference (
  user_id INTEGER NOT NULL REFERENCES user (id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_review_no_update BEFORE UPDATE ON audit_review BEGIN SELECT RAISE(ABORT, 'a signed review stays as it is'); END;
CREATE TRIGGER audit_review_no_delete BEFORE DELETE ON audit_review BEGIN SELECT RAISE(ABORT, 'a signed review stays as it is'); END;
CREATE TRIGGER emergency_access_as_begun BEFORE UPDATE OF id, user_id, workstation, reason, words, began_at, until ON emergency_access
  BEGIN SELECT RAISE(ABORT, 'an emergency access stays as it was begun'); END;
CREATE TRIGGER emergency_access_signed_once BEFORE UPDATE ON emergency_access WHEN OLD.signed_at IS NOT NULL AND NEW.signed_at IS NOT OLD.signed_at
  BEGIN SELECT RAISE(ABORT, 'an emergency access is signed off once'); END;
CREATE TRIGGER emergency_access_no_delete BEFORE DELETE ON emergency_access BEGIN SELECT RAISE(ABORT, 'an emergency access stays'); END;
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_line_no_update BEFORE UPDATE ON journal_line BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_line_no_delete BEFORE DELETE ON journal_line BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
