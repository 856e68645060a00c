-- Deposit slips, refunds, returned payments, payment plans, collections, day sheets.
DROP INDEX deposit_open;
ALTER TABLE deposit ADD COLUMN kind TEXT NOT NULL DEFAULT 'slip' CHECK (kind = 'slip' OR kind = 'return' OR kind = 'disbursement');
ALTER TABLE deposit ADD COLUMN filled_at TEXT;
ALTER TABLE deposit ADD COLUMN closed_by INTEGER REFERENCES user (id);
ALTER TABLE deposit ADD COLUMN closed_at TEXT;
ALTER TABLE deposit ADD COLUMN slip_cents INTEGER;
ALTER TABLE deposit ADD COLUMN slip_items INTEGER;
ALTER TABLE deposit ADD COLUMN counted_cents INTEGER;
ALTER TABLE deposit ADD COLUMN pieces TEXT NOT NULL DEFAULT '';
ALTER TABLE deposit ADD COLUMN bank_on TEXT;
ALTER TABLE deposit ADD COLUMN bank_cents INTEGER;
CREATE UNIQUE INDEX deposit_open ON deposit (method) WHERE closed_on IS NULL AND filled_at IS NULL;
CREATE TRIGGER deposit_closed_once BEFORE UPDATE OF closed_on, slip_cents, slip_items, counted_cents, pieces, method, kind, number ON deposit WHEN OLD.closed_on IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a closed deposit stays as it is'); END;
ALTER TABLE payment ADD COLUMN returned_on TEXT;
ALTER TABLE payment ADD COLUMN kept_cents INTEGER NOT NULL DEFAULT 0 CHECK (kept_cents >= 0);
ALTER TABLE payment ADD COLUMN from_agency INTEGER NOT NULL DEFAULT 0 CHECK (from_agency = 0 OR from_agency = 1);
CREATE TRIGGER payment_frozen BEFORE UPDATE OF deposit_id, voided_at ON payment
  WHEN (SELECT closed_on FROM deposit WHERE id = OLD.deposit_id) IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the deposit of this payment is closed'); END;
CREATE TABLE refund (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id), payment_id INTEGER NOT NULL REFERENCES payment (id),
  cents INTEGER NOT NULL CHECK (cents > 0), method TEXT NOT NULL CHECK (method = 'cash' OR method = 'check' OR method = 'card' OR method = 'eft'),
  reason TEXT NOT NULL, asked_by INTEGER NOT NULL REFERENCES user (id), asked_at TEXT NOT NULL, decided_by INTEGER REFERENCES user (id), decided_at TEXT,
  state TEXT NOT NULL CHECK (state = 'asked' OR state = 'approved' OR state = 'paid' OR state = 'refused' OR state = 'withdrawn'),
  alone INTEGER NOT NULL DEFAULT 0 CHECK (alone = 0 OR alone = 1), words TEXT NOT NULL DEFAULT '', paid_on TEXT, paid_reference TEXT NOT NULL DEFAULT '',
  deposit_id INTEGER REFERENCES deposit (id), stale_on TEXT
) STRICT;
CREATE INDEX refund_guarantor ON refund (guarantor_id);
CREATE INDEX refund_payment ON refund (payment_id);
CREATE TABLE payment_plan (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id), cents INTEGER NOT NULL CHECK (cents > 0),
  made_on TEXT NOT NULL, made_by INTEGER NOT NULL REFERENCES user (id), made_at TEXT NOT NULL, every TEXT NOT NULL, told_rule INTEGER NOT NULL DEFAULT 0,
  signed_on TEXT, ended_on TEXT, ended_by INTEGER REFERENCES user (id), ending TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX payment_plan_live ON payment_plan (guarantor_id) WHERE ended_on IS NULL;
CREATE TABLE plan_instalment (
  plan_id INTEGER NOT NULL REFERENCES payment_plan (id), position INTEGER NOT NULL, due_on TEXT NOT NULL, cents INTEGER NOT NULL CHECK (cents > 0), PRIMARY KEY (plan_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE collection_case (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id), cents INTEGER NOT NULL CHECK (cents > 0),
  state TEXT NOT NULL CHECK (state = 'reviewed' OR state = 'approved' OR state = 'sent' OR state = 'recalled' OR state = 'refused'),
  special INTEGER NOT NULL DEFAULT 0 CHECK (special = 0 OR special = 1), reviewed_by INTEGER NOT NULL REFERENCES user (id), reviewed_on TEXT NOT NULL,
  approved_by INTEGER REFERENCES user (id), approved_on TEXT, sent_at TEXT, recalled_on TEXT, words TEXT NOT NULL DEFAULT '', reported_until TEXT
) STRICT;
CREATE UNIQUE INDEX collection_case_live ON collection_case (guarantor_id) WHERE state = 'reviewed' OR state = 'approved' OR state = 'sent';
CREATE TABLE collection_charge (
  case_id INTEGER NOT NULL REFERENCES collection_case (id), charge_id INTEGER NOT NULL REFERENCES charge (id), cents INTEGER NOT NULL, PRIMARY KEY (case_id, charge_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE money_item (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, guarantor_id INTEGER REFERENCES guarantor (id), deposit_id INTEGER REFERENCES deposit (id),
  payment_id INTEGER REFERENCES payment (id), refund_id INTEGER REFERENCES refund (id), cents INTEGER NOT NULL DEFAULT 0, words TEXT NOT NULL DEFAULT '',
  opened_on TEXT NOT NULL, opened_by INTEGER NOT NULL REFERENCES user (id), closed_on TEXT, closed_by INTEGER REFERENCES user (id), answer TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX money_item_open ON money_item (opened_on) WHERE closed_on IS NULL;
CREATE TABLE day_sheet (
  day TEXT PRIMARY KEY NOT NULL, figures TEXT NOT NULL, signed_by INTEGER NOT NULL REFERENCES user (id), signed_at TEXT NOT NULL, words TEXT NOT NULL DEFAULT ''
) STRICT;
