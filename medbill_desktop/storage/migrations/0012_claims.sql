-- Claims: what each gathers, what it says as it was frozen, and what happened to it.
CREATE TABLE claim (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, visit_id INTEGER NOT NULL REFERENCES visit (id), patient_id INTEGER NOT NULL REFERENCES patient (id),
  coverage_id INTEGER NOT NULL REFERENCES coverage (id), payer_id INTEGER NOT NULL REFERENCES payer (id),
  status TEXT NOT NULL CHECK (status = 'draft' OR status = 'held' OR status = 'ready' OR status = 'batched' OR status = 'sent' OR status = 'received'
    OR status = 'accepted' OR status = 'rejected' OR status = 'paid' OR status = 'partially paid' OR status = 'denied' OR status = 'appealed'
    OR status = 'corrected' OR status = 'voided' OR status = 'closed'),
  snapshot_id INTEGER NOT NULL REFERENCES claim_snapshot (id), made_at TEXT NOT NULL
) STRICT;
CREATE INDEX claim_visit ON claim (visit_id);
CREATE TABLE claim_snapshot (
  id INTEGER PRIMARY KEY, content TEXT NOT NULL CHECK (content <> ''), sha256 TEXT NOT NULL, cents INTEGER NOT NULL CHECK (cents > 0),
  line_count INTEGER NOT NULL CHECK (line_count > 0)
) STRICT;
-- Which charges a claim holds now; what it held before stands in its snapshots.
CREATE TABLE claim_line (
  claim_id INTEGER NOT NULL REFERENCES claim (id), charge_id INTEGER NOT NULL REFERENCES charge (id), coverage_id INTEGER NOT NULL REFERENCES coverage (id),
  holds INTEGER NOT NULL DEFAULT 1 CHECK (holds = 0 OR holds = 1), PRIMARY KEY (claim_id, charge_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX claim_line_once ON claim_line (charge_id, coverage_id) WHERE holds = 1;
CREATE TABLE claim_event (
  claim_id INTEGER NOT NULL REFERENCES claim (id), step INTEGER NOT NULL CHECK (step > 0), event TEXT NOT NULL CHECK (event <> ''), from_status TEXT,
  to_status TEXT NOT NULL, snapshot_id INTEGER NOT NULL REFERENCES claim_snapshot (id), document TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
  made_by INTEGER NOT NULL REFERENCES user (id), made_at TEXT NOT NULL, PRIMARY KEY (claim_id, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_import_row_charge ON ledger_import_row (charge_id) WHERE charge_id IS NOT NULL;
CREATE TRIGGER claim_no_delete BEFORE DELETE ON claim BEGIN SELECT RAISE(ABORT, 'a claim is voided, never deleted'); END;
CREATE TRIGGER claim_as_made BEFORE UPDATE OF id, number, visit_id, patient_id, coverage_id, made_at ON claim
  BEGIN SELECT RAISE(ABORT, 'a claim stays whose it is'); END;
CREATE TRIGGER claim_says_what_it_said BEFORE UPDATE OF snapshot_id, payer_id ON claim WHEN OLD.status <> 'draft'
  BEGIN SELECT RAISE(ABORT, 'only a draft is made anew'); END;
CREATE TRIGGER claim_snapshot_no_update BEFORE UPDATE ON claim_snapshot BEGIN SELECT RAISE(ABORT, 'what a claim says is never rewritten'); END;
CREATE TRIGGER claim_snapshot_no_delete BEFORE DELETE ON claim_snapshot BEGIN SELECT RAISE(ABORT, 'what a claim says is never rewritten'); END;
CREATE TRIGGER claim_line_no_delete BEFORE DELETE ON claim_line BEGIN SELECT RAISE(ABORT, 'a line of a claim is let go, never deleted'); END;
CREATE TRIGGER claim_line_as_made BEFORE UPDATE OF claim_id, charge_id, coverage_id ON claim_line
  BEGIN SELECT RAISE(ABORT, 'a line of a claim stays whose it is'); END;
CREATE TRIGGER claim_event_no_update BEFORE UPDATE ON claim_event BEGIN SELECT RAISE(ABORT, 'the history of a claim stays'); END;
CREATE TRIGGER claim_event_no_delete BEFORE DELETE ON claim_event BEGIN SELECT RAISE(ABORT, 'the history of a claim stays'); END;
