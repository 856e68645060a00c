-- Who settles the estate of somebody who died; what of an account an agency is told on purpose.
CREATE TABLE estate (
  id INTEGER PRIMARY KEY, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id),
  role TEXT NOT NULL CHECK (role = 'executor' OR role = 'administrator' OR role = 'family' OR role = 'attorney' OR role = 'unknown'),
  representative TEXT NOT NULL DEFAULT '', street TEXT NOT NULL DEFAULT '', street2 TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT '', zip TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '', first_day TEXT NOT NULL,
  noted_by INTEGER NOT NULL REFERENCES user (id), noted_at TEXT NOT NULL,
  ended_on TEXT, ended_by INTEGER REFERENCES user (id), CHECK ((ended_on IS NULL) = (ended_by IS NULL))
) STRICT;
INSERT INTO estate (id, guarantor_id, role, first_day, noted_by, noted_at)
  SELECT w.guarantor_id, w.guarantor_id, 'unknown', g.deceased_on, w.set_by, w.set_at FROM mail_wish w JOIN guarantor g ON g.id = w.guarantor_id
  WHERE w.to_estate = 1 AND g.deceased_on IS NOT NULL;
CREATE INDEX estate_guarantor ON estate (guarantor_id);
ALTER TABLE collection_charge ADD COLUMN on_purpose INTEGER NOT NULL DEFAULT 0 CHECK (on_purpose = 0 OR on_purpose = 1);
