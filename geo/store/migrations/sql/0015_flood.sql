-- Flood control: vocabularies first, then by what refers to what.

CREATE TABLE warning_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_warning_kinds PRIMARY KEY (code)
);

CREATE TABLE signal_colours (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_signal_colours PRIMARY KEY (code)
);

CREATE TABLE response_levels (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_response_levels PRIMARY KEY (code)
);

CREATE TABLE threshold_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_threshold_kinds PRIMARY KEY (code)
);

CREATE TABLE warnings (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    signal_colour TEXT NOT NULL,
    issuer TEXT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lifted_at TIMESTAMP WITH TIME ZONE,
    basis TEXT,
    source TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_warnings PRIMARY KEY (district, id),
    CONSTRAINT ck_warnings_ends_after_start CHECK (issued_at < lifted_at),
    CONSTRAINT ex_warnings_one_at_a_time EXCLUDE USING gist (district WITH =, kind WITH =, issuer WITH =, tstzrange(issued_at, lifted_at) WITH &&),
    CONSTRAINT fk_warnings_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_warnings_kind FOREIGN KEY(kind) REFERENCES warning_kinds (code),
    CONSTRAINT fk_warnings_signal_colour FOREIGN KEY(signal_colour) REFERENCES signal_colours (code)
);

CREATE TABLE responses (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    level TEXT NOT NULL,
    issuer TEXT NOT NULL,
    basis TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    warning_id TEXT,
    source TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_responses PRIMARY KEY (district, id),
    CONSTRAINT fk_responses_district_warning_id FOREIGN KEY(district, warning_id) REFERENCES warnings (district, id),
    CONSTRAINT ck_responses_ends_after_start CHECK (started_at < ended_at),
    CONSTRAINT ex_responses_one_at_a_time EXCLUDE USING gist (district WITH =, tstzrange(started_at, ended_at) WITH &&),
    CONSTRAINT fk_responses_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_responses_level FOREIGN KEY(level) REFERENCES response_levels (code)
);

CREATE TABLE response_rules (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    signal_colour TEXT NOT NULL,
    level TEXT NOT NULL,
    issuer TEXT NOT NULL,
    basis TEXT NOT NULL,
    valid_from DATE NOT NULL,
    source TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_response_rules PRIMARY KEY (district, id),
    CONSTRAINT uq_response_rules_district_kind_signal_colour_valid_from UNIQUE (district, kind, signal_colour, valid_from),
    CONSTRAINT fk_response_rules_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_response_rules_kind FOREIGN KEY(kind) REFERENCES warning_kinds (code),
    CONSTRAINT fk_response_rules_signal_colour FOREIGN KEY(signal_colour) REFERENCES signal_colours (code),
    CONSTRAINT fk_response_rules_level FOREIGN KEY(level) REFERENCES response_levels (code)
);

CREATE TABLE thresholds (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    checkpoint_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    value_m FLOAT NOT NULL,
    vertical_datum TEXT NOT NULL,
    source TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_thresholds PRIMARY KEY (district, id),
    CONSTRAINT fk_thresholds_district_checkpoint_id FOREIGN KEY(district, checkpoint_id) REFERENCES checkpoints (district, id),
    CONSTRAINT uq_thresholds_district_checkpoint_id_kind_vertical_datum UNIQUE (district, checkpoint_id, kind, vertical_datum),
    CONSTRAINT ck_thresholds_value_finite CHECK (value_m NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT fk_thresholds_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_thresholds_kind FOREIGN KEY(kind) REFERENCES threshold_kinds (code)
);

CREATE TABLE supply_points (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    unit_id TEXT,
    contents TEXT,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    CONSTRAINT pk_supply_points PRIMARY KEY (district, id),
    CONSTRAINT fk_supply_points_district_unit_id FOREIGN KEY(district, unit_id) REFERENCES units (district, id),
    CONSTRAINT ck_supply_points_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_supply_points_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_supply_points_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_supply_points_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_supply_points_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_supply_points_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_supply_points_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_supply_points_geom ON supply_points USING gist (geom);

CREATE TABLE supply_routes (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    supply_point_id TEXT NOT NULL,
    checkpoint_id TEXT NOT NULL,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(LINESTRING,4326) NOT NULL,
    length_m FLOAT GENERATED ALWAYS AS (ST_Length(geom::geography)) STORED NOT NULL,
    CONSTRAINT pk_supply_routes PRIMARY KEY (district, id),
    CONSTRAINT fk_supply_routes_district_supply_point_id FOREIGN KEY(district, supply_point_id) REFERENCES supply_points (district, id),
    CONSTRAINT fk_supply_routes_district_checkpoint_id FOREIGN KEY(district, checkpoint_id) REFERENCES checkpoints (district, id),
    CONSTRAINT ck_supply_routes_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_supply_routes_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_supply_routes_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_supply_routes_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_supply_routes_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_supply_routes_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_supply_routes_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_supply_routes_geom ON supply_routes USING gist (geom);
