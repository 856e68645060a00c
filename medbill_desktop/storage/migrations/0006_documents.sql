-- Scans and documents inside the database, records that were merged, and what registration keeps in depth.
CREATE TABLE document_content (
  id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, format TEXT NOT NULL CHECK (format = 'png' OR format = 'jpeg' OR format = 'pdf'),
  bytes INTEGER NOT NULL CHECK (bytes > 0), pages INTEGER NOT NULL CHECK (pages > 0), width INTEGER NOT NULL, height INTEGER NOT NULL, content BLOB NOT NULL
) STRICT;
CREATE TABLE document (
  id INTEGER PRIMARY KEY, content_id INTEGER NOT NULL REFERENCES document_content (id), patient_id INTEGER NOT NULL REFERENCES patient (id),
  coverage_id INTEGER REFERENCES coverage (id), visit_id INTEGER REFERENCES visit (id),
  kind TEXT NOT NULL CHECK (kind = 'card_front' OR kind = 'card_back' OR kind = 'identity' OR kind = 'notice' OR kind = 'authorization' OR kind = 'eob' OR kind = 'abn' OR kind = 'other'),
  title TEXT NOT NULL DEFAULT '', dated_on TEXT NOT NULL, added_by INTEGER NOT NULL, added_at TEXT NOT NULL, withdrawn_at TEXT, withdrawn_by INTEGER,
  withdrawn_reason TEXT NOT NULL DEFAULT '', CHECK (withdrawn_at IS NULL OR withdrawn_reason <> '')
) STRICT;
CREATE INDEX document_patient ON document (patient_id);
CREATE INDEX document_of_content ON document (content_id);
CREATE TRIGGER document_content_no_update BEFORE UPDATE ON document_content BEGIN SELECT RAISE(ABORT, 'a scan stays as it came'); END;
CREATE TRIGGER document_content_no_delete BEFORE DELETE ON document_content BEGIN SELECT RAISE(ABORT, 'a document is withdrawn, never deleted'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'a document is withdrawn, never deleted'); END;
CREATE TRIGGER document_as_added BEFORE UPDATE OF id, content_id, patient_id, coverage_id, visit_id, kind, title, dated_on, added_by, added_at ON document
  BEGIN SELECT RAISE(ABORT, 'a document stays as it was added'); END;
CREATE TRIGGER document_withdrawn_once BEFORE UPDATE ON document WHEN OLD.withdrawn_at IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a document is withdrawn once'); END;
CREATE TABLE patient_merge (
  id INTEGER PRIMARY KEY, survivor_id INTEGER NOT NULL REFERENCES patient (id), merged_id INTEGER NOT NULL REFERENCES patient (id),
  guarantor_before INTEGER NOT NULL REFERENCES guarantor (id), relationship_before TEXT NOT NULL,
  guarantor_after INTEGER NOT NULL REFERENCES guarantor (id), relationship_after TEXT NOT NULL,
  guarantor_joined INTEGER REFERENCES guarantor (id), made_by INTEGER NOT NULL, made_at TEXT NOT NULL, undone_by INTEGER, undone_at TEXT,
  CHECK (survivor_id <> merged_id)
) STRICT;
CREATE UNIQUE INDEX patient_merge_now ON patient_merge (merged_id) WHERE undone_at IS NULL;
CREATE INDEX patient_merge_survivor ON patient_merge (survivor_id);
CREATE TRIGGER patient_merge_no_delete BEFORE DELETE ON patient_merge BEGIN SELECT RAISE(ABORT, 'a merge is undone, never deleted'); END;
CREATE TRIGGER patient_merge_as_made BEFORE UPDATE OF id, survivor_id, merged_id, guarantor_before, relationship_before, guarantor_after, relationship_after,
  guarantor_joined, made_by, made_at ON patient_merge BEGIN SELECT RAISE(ABORT, 'a merge stays as it was made'); END;
CREATE TRIGGER patient_merge_undone_once BEFORE UPDATE ON patient_merge WHEN OLD.undone_at IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a merge is undone once'); END;
-- Whom a merged record stands for now, as the live links say; kept beside them so that a list asks no chain.
ALTER TABLE patient ADD COLUMN merged_into INTEGER REFERENCES patient (id);
CREATE INDEX patient_merged ON patient (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE guarantor ADD COLUMN merged_into INTEGER REFERENCES guarantor (id);
CREATE INDEX guarantor_merged ON guarantor (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE guarantor_period (
  id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient (id), guarantor_id INTEGER NOT NULL REFERENCES guarantor (id),
  relationship TEXT NOT NULL, last_day TEXT NOT NULL, set_by INTEGER NOT NULL, set_at TEXT NOT NULL
) STRICT;
CREATE INDEX guarantor_period_patient ON guarantor_period (patient_id, last_day);
CREATE TABLE payer_rule (
  id INTEGER PRIMARY KEY, payer_id INTEGER NOT NULL REFERENCES payer (id), rule TEXT NOT NULL, value TEXT NOT NULL, first_day TEXT NOT NULL,
  set_by INTEGER NOT NULL, set_at TEXT NOT NULL, UNIQUE (payer_id, rule, first_day)
) STRICT;
ALTER TABLE provider ADD COLUMN kind TEXT NOT NULL DEFAULT 'rendering' CHECK (kind = 'rendering' OR kind = 'referring');
ALTER TABLE coverage ADD COLUMN release_signed_on TEXT;
ALTER TABLE coverage ADD COLUMN assignment_signed_on TEXT;
ALTER TABLE coverage ADD COLUMN msp_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE coverage ADD COLUMN msp_asked_on TEXT;
ALTER TABLE coverage ADD COLUMN order_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE coverage ADD COLUMN order_by INTEGER;
ALTER TABLE coverage ADD COLUMN order_on TEXT;
