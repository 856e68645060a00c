-- Code sets by date, fee schedules by payer, contracts and authorizations.
CREATE TABLE code_release (
  id INTEGER PRIMARY KEY,
  code_set TEXT NOT NULL CHECK (code_set = 'icd10cm' OR code_set = 'hcpcs' OR code_set = 'own' OR code_set = 'rvu' OR code_set = 'gpci' OR code_set = 'ncci' OR code_set = 'mue'),
  label TEXT NOT NULL, effective_from TEXT NOT NULL, sha256 TEXT NOT NULL, row_count INTEGER NOT NULL CHECK (row_count > 0),
  imported_at TEXT NOT NULL, imported_by INTEGER NOT NULL, content BLOB, UNIQUE (code_set, effective_from, sha256)
) STRICT;
CREATE TABLE ncci_group (
  release_id INTEGER NOT NULL REFERENCES code_release (id), code TEXT NOT NULL, part INTEGER NOT NULL, pairs BLOB NOT NULL,
  PRIMARY KEY (release_id, code, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE mue_limit (
  release_id INTEGER NOT NULL REFERENCES code_release (id), code TEXT NOT NULL, units INTEGER NOT NULL, kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
  PRIMARY KEY (release_id, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE rvu (
  release_id INTEGER NOT NULL REFERENCES code_release (id), code TEXT NOT NULL, modifier TEXT NOT NULL, status TEXT NOT NULL,
  work INTEGER NOT NULL, office_expense INTEGER NOT NULL, facility_expense INTEGER NOT NULL, malpractice INTEGER NOT NULL, factor INTEGER NOT NULL,
  PRIMARY KEY (release_id, code, modifier)
) STRICT, WITHOUT ROWID;
CREATE TABLE gpci (
  release_id INTEGER NOT NULL REFERENCES code_release (id), carrier TEXT NOT NULL, locality TEXT NOT NULL, name TEXT NOT NULL,
  work INTEGER NOT NULL, expense INTEGER NOT NULL, malpractice INTEGER NOT NULL, PRIMARY KEY (release_id, carrier, locality)
) STRICT, WITHOUT ROWID;
CREATE TABLE payer_schedule (
  id INTEGER PRIMARY KEY, payer_id INTEGER NOT NULL REFERENCES payer (id), schedule TEXT NOT NULL, first_day TEXT NOT NULL, last_day TEXT,
  UNIQUE (payer_id, first_day)
) STRICT;
CREATE TABLE contract_rate (
  id INTEGER PRIMARY KEY, payer_id INTEGER NOT NULL REFERENCES payer (id), plan TEXT NOT NULL DEFAULT '', code TEXT NOT NULL,
  modifier TEXT NOT NULL DEFAULT '', place_class TEXT NOT NULL DEFAULT '' CHECK (place_class = '' OR place_class = 'office' OR place_class = 'facility'),
  cents INTEGER NOT NULL CHECK (cents >= 0), first_day TEXT NOT NULL, last_day TEXT, UNIQUE (payer_id, plan, code, modifier, place_class, first_day)
) STRICT;
CREATE TABLE prior_authorization (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), payer_id INTEGER NOT NULL REFERENCES payer (id), number TEXT NOT NULL,
  codes TEXT NOT NULL DEFAULT '', counts TEXT NOT NULL CHECK (counts = 'units' OR counts = 'visits'), allowed INTEGER NOT NULL CHECK (allowed > 0),
  first_day TEXT NOT NULL, last_day TEXT NOT NULL, created_at TEXT NOT NULL, created_by INTEGER NOT NULL, CHECK (last_day >= first_day)
) STRICT;
CREATE INDEX prior_authorization_patient ON prior_authorization (patient_id);
CREATE TABLE referral (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), provider_id INTEGER NOT NULL REFERENCES provider (id),
  number TEXT NOT NULL DEFAULT '', visits INTEGER, first_day TEXT NOT NULL, last_day TEXT, created_at TEXT NOT NULL, created_by INTEGER NOT NULL
) STRICT;
CREATE INDEX referral_patient ON referral (patient_id);
CREATE TABLE lab_certificate (
  id INTEGER PRIMARY KEY, place_id INTEGER NOT NULL REFERENCES place (id), number TEXT NOT NULL, first_day TEXT NOT NULL, last_day TEXT,
  UNIQUE (place_id, first_day)
) STRICT;
ALTER TABLE fee ADD COLUMN claim_item INTEGER NOT NULL DEFAULT 1;
ALTER TABLE visit ADD COLUMN no_charge_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE charge ADD COLUMN code_release TEXT NOT NULL DEFAULT '';
ALTER TABLE charge ADD COLUMN diagnosis_release TEXT NOT NULL DEFAULT '';
ALTER TABLE charge ADD COLUMN schedule TEXT NOT NULL DEFAULT 'standard';
ALTER TABLE charge ADD COLUMN claim_item INTEGER NOT NULL DEFAULT 1;
ALTER TABLE charge ADD COLUMN expected_cents INTEGER;
ALTER TABLE charge ADD COLUMN ndc TEXT NOT NULL DEFAULT '';
ALTER TABLE charge ADD COLUMN ndc_thousandths INTEGER;
ALTER TABLE charge ADD COLUMN ndc_unit TEXT NOT NULL DEFAULT '';
ALTER TABLE charge ADD COLUMN start_time TEXT;
ALTER TABLE charge ADD COLUMN stop_time TEXT;
ALTER TABLE charge ADD COLUMN minutes INTEGER;
ALTER TABLE charge ADD COLUMN clia TEXT NOT NULL DEFAULT '';
ALTER TABLE charge ADD COLUMN authorization_id INTEGER REFERENCES prior_authorization (id);
CREATE INDEX charge_authorization ON charge (authorization_id) WHERE authorization_id IS NOT NULL;
ALTER TABLE charge ADD COLUMN service_to TEXT CHECK (service_to IS NULL OR service_to >= service_date);
