-- Who may do what, what came in and what was decided of it.

CREATE TABLE access_tokens (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    secret_sha256 BYTEA NOT NULL,
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    unit_id TEXT,
    person_id TEXT,
    checkpoint_id TEXT,
    report_kinds TEXT[],
    trusted_kinds TEXT[] DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_by TEXT,
    CONSTRAINT pk_access_tokens PRIMARY KEY (district, id),
    CONSTRAINT fk_access_tokens_district_unit_id FOREIGN KEY(district, unit_id) REFERENCES units (district, id),
    CONSTRAINT fk_access_tokens_district_person_id FOREIGN KEY(district, person_id) REFERENCES people (district, id),
    CONSTRAINT fk_access_tokens_district_checkpoint_id FOREIGN KEY(district, checkpoint_id) REFERENCES checkpoints (district, id),
    CONSTRAINT ck_access_tokens_kind_known CHECK (kind IN ('token', 'session', 'link')),
    CONSTRAINT ck_access_tokens_role_known CHECK (role IN ('viewer', 'field', 'reviewer', 'commander', 'admin')),
    CONSTRAINT ck_access_tokens_secret_is_a_hash CHECK (octet_length(secret_sha256) = 32),
    CONSTRAINT ck_access_tokens_expires_after_it_was_made CHECK (expires_at > created_at),
    CONSTRAINT fk_access_tokens_district FOREIGN KEY(district) REFERENCES districts (district)
);

CREATE TABLE audit_log (
    district TEXT NOT NULL,
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    subject TEXT,
    detail JSONB DEFAULT '{}' NOT NULL,
    address TEXT,
    CONSTRAINT pk_audit_log PRIMARY KEY (district, id),
    CONSTRAINT ck_audit_log_outcome_known CHECK (outcome IN ('allowed', 'denied'))
);

CREATE INDEX ix_audit_log_moment ON audit_log (district, happened_at);

CREATE TABLE submissions (
    district TEXT NOT NULL,
    report_id UUID NOT NULL,
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    channel TEXT NOT NULL,
    token_id TEXT,
    body JSONB NOT NULL,
    body_sha256 BYTEA NOT NULL,
    photo_sha256 BYTEA[] DEFAULT '{}' NOT NULL,
    placement TEXT NOT NULL,
    candidates JSONB,
    suspected_datum TEXT,
    flags TEXT[] DEFAULT '{}' NOT NULL,
    suspected_geom geometry(POINT,4326),
    CONSTRAINT pk_submissions PRIMARY KEY (district, report_id),
    CONSTRAINT ck_submissions_body_is_hashed CHECK (octet_length(body_sha256) = 32),
    CONSTRAINT ck_submissions_placement_known CHECK (placement IN ('declared', 'matched', 'ambiguous', 'unmatched', 'none')),
    CONSTRAINT ck_submissions_suspicion_whole CHECK ((suspected_datum IS NULL) = (suspected_geom IS NULL)),
    CONSTRAINT fk_submissions_district FOREIGN KEY(district) REFERENCES districts (district)
);

CREATE INDEX ix_submissions_token ON submissions (district, token_id, received_at);

CREATE TABLE photos (
    district TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    perceptual_hash BIGINT NOT NULL,
    exif_at TIMESTAMP WITH TIME ZONE,
    exif_heading_deg DOUBLE PRECISION,
    stored_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    token_id TEXT,
    derived_at TIMESTAMP WITH TIME ZONE,
    exif_geom geometry(POINT,4326),
    CONSTRAINT pk_photos PRIMARY KEY (district, sha256),
    CONSTRAINT ck_photos_named_by_its_hash CHECK (octet_length(sha256) = 32),
    CONSTRAINT ck_photos_has_a_size CHECK (size_bytes > 0 AND width > 0 AND height > 0),
    CONSTRAINT fk_photos_district FOREIGN KEY(district) REFERENCES districts (district)
);

CREATE TABLE report_photos (
    district TEXT NOT NULL,
    report_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_report_photos PRIMARY KEY (district, report_id, sha256),
    CONSTRAINT fk_report_photos_district_report_id FOREIGN KEY(district, report_id) REFERENCES reports (district, id) ON DELETE CASCADE
);

CREATE INDEX ix_report_photos_photo ON report_photos (district, sha256);

CREATE TABLE reviews (
    district TEXT NOT NULL,
    report_id UUID NOT NULL,
    number INTEGER NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    decided_by TEXT NOT NULL,
    applied JSONB DEFAULT '{}' NOT NULL,
    conflicts JSONB DEFAULT '[]' NOT NULL,
    CONSTRAINT pk_reviews PRIMARY KEY (district, report_id, number),
    CONSTRAINT ck_reviews_has_a_reason CHECK (btrim(reason) <> ''),
    CONSTRAINT fk_reviews_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_reviews_from_status FOREIGN KEY(from_status) REFERENCES report_statuses (code),
    CONSTRAINT fk_reviews_to_status FOREIGN KEY(to_status) REFERENCES report_statuses (code)
);
