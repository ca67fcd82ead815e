-- The tables of the first release, one statement each; vocabularies first, then by what refers to what.

CREATE TABLE changes (
    district TEXT NOT NULL,
    collection TEXT NOT NULL,
    feature_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    operation TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    reason TEXT,
    report_id UUID,
    state JSONB NOT NULL,
    demonstration BOOLEAN NOT NULL,
    CONSTRAINT pk_changes PRIMARY KEY (district, collection, feature_id, version),
    CONSTRAINT ck_changes_operation_known CHECK (operation IN ('insert', 'update', 'delete'))
);

CREATE INDEX ix_changes_moment ON changes (district, collection, changed_at);

CREATE TABLE position_statuses (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_position_statuses PRIMARY KEY (code)
);

CREATE TABLE unit_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_unit_kinds PRIMARY KEY (code)
);

CREATE TABLE person_roles (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_person_roles PRIMARY KEY (code)
);

CREATE TABLE site_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_site_kinds PRIMARY KEY (code)
);

CREATE TABLE checkpoint_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_checkpoint_kinds PRIMARY KEY (code)
);

CREATE TABLE landmark_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_landmark_kinds PRIMARY KEY (code)
);

CREATE TABLE programme_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_programme_kinds PRIMARY KEY (code)
);

CREATE TABLE stages (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_stages PRIMARY KEY (code)
);

CREATE TABLE dependency_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_dependency_kinds PRIMARY KEY (code)
);

CREATE TABLE progress_states (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_progress_states PRIMARY KEY (code)
);

CREATE TABLE case_categories (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_case_categories PRIMARY KEY (code)
);

CREATE TABLE case_statuses (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_case_statuses PRIMARY KEY (code)
);

CREATE TABLE hazard_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_hazard_kinds PRIMARY KEY (code)
);

CREATE TABLE checkpoint_states (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_checkpoint_states PRIMARY KEY (code)
);

CREATE TABLE inspection_states (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_inspection_states PRIMARY KEY (code)
);

CREATE TABLE report_kinds (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_report_kinds PRIMARY KEY (code)
);

CREATE TABLE report_statuses (
    code TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    colour TEXT,
    note TEXT,
    CONSTRAINT pk_report_statuses PRIMARY KEY (code)
);

CREATE TABLE districts (
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    district TEXT NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(MULTIPOLYGON,4326),
    CONSTRAINT pk_districts PRIMARY KEY (district),
    CONSTRAINT ck_districts_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_districts_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_districts_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_districts_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_districts_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_districts_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_districts_geom ON districts USING gist (geom);

CREATE TABLE case_transitions (
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    needs_report BOOLEAN DEFAULT false NOT NULL,
    label_zh TEXT NOT NULL,
    label_en TEXT NOT NULL,
    CONSTRAINT pk_case_transitions PRIMARY KEY (from_status, to_status),
    CONSTRAINT fk_case_transitions_from_status FOREIGN KEY(from_status) REFERENCES case_statuses (code),
    CONSTRAINT fk_case_transitions_to_status FOREIGN KEY(to_status) REFERENCES case_statuses (code)
);

CREATE TABLE units (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    CONSTRAINT pk_units PRIMARY KEY (district, id),
    CONSTRAINT ck_units_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_units_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_units_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_units_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_units_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_units_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_units_kind FOREIGN KEY(kind) REFERENCES unit_kinds (code),
    CONSTRAINT fk_units_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_units_geom ON units USING gist (geom);

CREATE TABLE roads (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    aliases TEXT[] DEFAULT '{}'::text[] NOT NULL,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(LINESTRINGM,4326) NOT NULL,
    length_m FLOAT GENERATED ALWAYS AS (ST_M(ST_EndPoint(geom))) STORED NOT NULL,
    CONSTRAINT pk_roads PRIMARY KEY (district, id),
    CONSTRAINT ck_roads_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_roads_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_roads_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_roads_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_roads_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT ck_roads_measured CHECK (ST_M(ST_StartPoint(geom)) = 0 AND ST_IsValidTrajectory(geom)),
    CONSTRAINT fk_roads_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_roads_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_roads_geom ON roads USING gist (geom);

CREATE TABLE canals (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    aliases TEXT[] DEFAULT '{}'::text[] NOT NULL,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(LINESTRINGM,4326) NOT NULL,
    length_m FLOAT GENERATED ALWAYS AS (ST_M(ST_EndPoint(geom))) STORED NOT NULL,
    CONSTRAINT pk_canals PRIMARY KEY (district, id),
    CONSTRAINT ck_canals_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_canals_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_canals_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_canals_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_canals_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT ck_canals_measured CHECK (ST_M(ST_StartPoint(geom)) = 0 AND ST_IsValidTrajectory(geom)),
    CONSTRAINT fk_canals_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_canals_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_canals_geom ON canals USING gist (geom);

CREATE TABLE programmes (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    starts_on DATE,
    ends_on DATE,
    source TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_programmes PRIMARY KEY (district, id),
    CONSTRAINT ck_programmes_dates_in_order CHECK (starts_on <= ends_on),
    CONSTRAINT fk_programmes_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_programmes_kind FOREIGN KEY(kind) REFERENCES programme_kinds (code)
);

CREATE TABLE people (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    phone TEXT,
    active BOOLEAN DEFAULT true NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_people PRIMARY KEY (district, id),
    CONSTRAINT fk_people_district_unit_id FOREIGN KEY(district, unit_id) REFERENCES units (district, id),
    CONSTRAINT fk_people_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_people_role FOREIGN KEY(role) REFERENCES person_roles (code)
);

CREATE TABLE segments (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    road_id TEXT NOT NULL,
    from_m NUMERIC(10, 2) NOT NULL,
    to_m NUMERIC(10, 2) NOT NULL,
    from_zh TEXT NOT NULL,
    from_en TEXT NOT NULL,
    to_zh TEXT NOT NULL,
    to_en TEXT NOT NULL,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(LINESTRING,4326) NOT NULL,
    CONSTRAINT pk_segments PRIMARY KEY (district, id),
    CONSTRAINT fk_segments_district_road_id FOREIGN KEY(district, road_id) REFERENCES roads (district, id),
    CONSTRAINT ck_segments_range_in_order CHECK (0 <= from_m AND from_m < to_m),
    CONSTRAINT ex_segments_no_overlap EXCLUDE USING gist (district WITH =, road_id WITH =, numrange(from_m, to_m) WITH &&) DEFERRABLE,
    CONSTRAINT ck_segments_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_segments_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_segments_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_segments_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_segments_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_segments_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_segments_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_segments_geom ON segments USING gist (geom);

CREATE TABLE sites (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    aliases TEXT[] DEFAULT '{}'::text[] NOT NULL,
    kind TEXT NOT NULL,
    territorial_unit_id TEXT,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    CONSTRAINT pk_sites PRIMARY KEY (district, id),
    CONSTRAINT fk_sites_district_territorial_unit_id FOREIGN KEY(district, territorial_unit_id) REFERENCES units (district, id),
    CONSTRAINT ck_sites_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_sites_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_sites_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_sites_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_sites_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_sites_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_sites_kind FOREIGN KEY(kind) REFERENCES site_kinds (code),
    CONSTRAINT fk_sites_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_sites_geom ON sites USING gist (geom);

CREATE TABLE checkpoints (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    aliases TEXT[] DEFAULT '{}'::text[] NOT NULL,
    kind TEXT NOT NULL,
    canal_id TEXT,
    inspected_on DATE,
    state TEXT DEFAULT 'unconfirmed' NOT NULL,
    supplies_state TEXT DEFAULT 'unconfirmed' NOT NULL,
    hazard_survey_state TEXT DEFAULT 'unconfirmed' NOT NULL,
    drill_state TEXT DEFAULT 'unconfirmed' NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    last_report_id UUID,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    CONSTRAINT pk_checkpoints PRIMARY KEY (district, id),
    CONSTRAINT fk_checkpoints_district_canal_id FOREIGN KEY(district, canal_id) REFERENCES canals (district, id),
    CONSTRAINT ck_checkpoints_state_was_seen CHECK (state = 'unconfirmed' OR seen_at IS NOT NULL),
    CONSTRAINT ck_checkpoints_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_checkpoints_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_checkpoints_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_checkpoints_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_checkpoints_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_checkpoints_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_checkpoints_kind FOREIGN KEY(kind) REFERENCES checkpoint_kinds (code),
    CONSTRAINT fk_checkpoints_state FOREIGN KEY(state) REFERENCES checkpoint_states (code),
    CONSTRAINT fk_checkpoints_supplies_state FOREIGN KEY(supplies_state) REFERENCES inspection_states (code),
    CONSTRAINT fk_checkpoints_hazard_survey_state FOREIGN KEY(hazard_survey_state) REFERENCES inspection_states (code),
    CONSTRAINT fk_checkpoints_drill_state FOREIGN KEY(drill_state) REFERENCES inspection_states (code),
    CONSTRAINT fk_checkpoints_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_checkpoints_geom ON checkpoints USING gist (geom);

CREATE TABLE landmarks (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    aliases TEXT[] DEFAULT '{}'::text[] NOT NULL,
    kind TEXT NOT NULL,
    crosses TEXT[] DEFAULT '{}'::text[] NOT NULL,
    road_id TEXT,
    inspected_on DATE,
    position_status TEXT NOT NULL,
    position_accuracy_m FLOAT,
    source TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    CONSTRAINT pk_landmarks PRIMARY KEY (district, id),
    CONSTRAINT fk_landmarks_district_road_id FOREIGN KEY(district, road_id) REFERENCES roads (district, id),
    CONSTRAINT ck_landmarks_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_landmarks_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT ck_landmarks_unlocated_without_point CHECK ((position_status = 'unlocated') = (geom IS NULL)),
    CONSTRAINT ck_landmarks_accuracy_with_point CHECK ((position_accuracy_m IS NULL) = (geom IS NULL)),
    CONSTRAINT ck_landmarks_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT fk_landmarks_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_landmarks_kind FOREIGN KEY(kind) REFERENCES landmark_kinds (code),
    CONSTRAINT fk_landmarks_position_status FOREIGN KEY(position_status) REFERENCES position_statuses (code)
);

CREATE INDEX ix_landmarks_geom ON landmarks USING gist (geom);

CREATE TABLE baselines (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    programme_id TEXT NOT NULL,
    adopted_on DATE,
    is_current BOOLEAN NOT NULL,
    source TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_baselines PRIMARY KEY (district, id),
    CONSTRAINT fk_baselines_district_programme_id FOREIGN KEY(district, programme_id) REFERENCES programmes (district, id),
    CONSTRAINT fk_baselines_district FOREIGN KEY(district) REFERENCES districts (district)
);

CREATE UNIQUE INDEX uq_baselines_current ON baselines (district, programme_id) WHERE is_current;

CREATE TABLE cases (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    programme_id TEXT NOT NULL,
    category TEXT NOT NULL,
    hazard_kind TEXT,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    description_zh TEXT,
    status TEXT DEFAULT 'registered' NOT NULL,
    segment_id TEXT,
    site_id TEXT,
    checkpoint_id TEXT,
    asked_by TEXT,
    territorial_unit_id TEXT,
    sector_unit_id TEXT,
    person_id TEXT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_on DATE,
    closed_at TIMESTAMP WITH TIME ZONE,
    source TEXT,
    position_accuracy_m FLOAT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    CONSTRAINT pk_cases PRIMARY KEY (district, id),
    CONSTRAINT uq_cases_district_number UNIQUE (district, number),
    CONSTRAINT fk_cases_district_programme_id FOREIGN KEY(district, programme_id) REFERENCES programmes (district, id),
    CONSTRAINT fk_cases_district_segment_id FOREIGN KEY(district, segment_id) REFERENCES segments (district, id),
    CONSTRAINT fk_cases_district_site_id FOREIGN KEY(district, site_id) REFERENCES sites (district, id),
    CONSTRAINT fk_cases_district_checkpoint_id FOREIGN KEY(district, checkpoint_id) REFERENCES checkpoints (district, id),
    CONSTRAINT fk_cases_district_territorial_unit_id FOREIGN KEY(district, territorial_unit_id) REFERENCES units (district, id),
    CONSTRAINT fk_cases_district_sector_unit_id FOREIGN KEY(district, sector_unit_id) REFERENCES units (district, id),
    CONSTRAINT fk_cases_district_person_id FOREIGN KEY(district, person_id) REFERENCES people (district, id),
    CONSTRAINT ck_cases_one_place CHECK (num_nonnulls(segment_id, site_id, checkpoint_id) <= 1),
    CONSTRAINT ck_cases_closed_when_struck_off CHECK ((closed_at IS NOT NULL) = (status = 'struck_off')),
    CONSTRAINT ck_cases_dates_in_order CHECK (opened_at <= closed_at),
    CONSTRAINT ck_cases_hazard_has_kind CHECK ((category = 'hazard') = (hazard_kind IS NOT NULL)),
    CONSTRAINT ck_cases_accuracy_with_point CHECK ((geom IS NULL) = (position_accuracy_m IS NULL)),
    CONSTRAINT ck_cases_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT ck_cases_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_cases_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT fk_cases_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_cases_category FOREIGN KEY(category) REFERENCES case_categories (code),
    CONSTRAINT fk_cases_hazard_kind FOREIGN KEY(hazard_kind) REFERENCES hazard_kinds (code),
    CONSTRAINT fk_cases_status FOREIGN KEY(status) REFERENCES case_statuses (code)
);

CREATE INDEX ix_cases_geom ON cases USING gist (geom);

CREATE INDEX ix_cases_due ON cases (district, status, due_on);

CREATE TABLE tasks (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    programme_id TEXT NOT NULL,
    segment_id TEXT,
    site_id TEXT,
    checkpoint_id TEXT,
    stage TEXT NOT NULL,
    unit_id TEXT,
    person_id TEXT,
    actual_start DATE,
    actual_finish DATE,
    progress_percent NUMERIC(5, 2),
    weight NUMERIC(8, 3) DEFAULT 1 NOT NULL,
    blocked_reason TEXT,
    last_report_id UUID,
    source TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_tasks PRIMARY KEY (district, id),
    CONSTRAINT fk_tasks_district_programme_id FOREIGN KEY(district, programme_id) REFERENCES programmes (district, id),
    CONSTRAINT fk_tasks_district_segment_id FOREIGN KEY(district, segment_id) REFERENCES segments (district, id),
    CONSTRAINT fk_tasks_district_site_id FOREIGN KEY(district, site_id) REFERENCES sites (district, id),
    CONSTRAINT fk_tasks_district_checkpoint_id FOREIGN KEY(district, checkpoint_id) REFERENCES checkpoints (district, id),
    CONSTRAINT fk_tasks_district_unit_id FOREIGN KEY(district, unit_id) REFERENCES units (district, id),
    CONSTRAINT fk_tasks_district_person_id FOREIGN KEY(district, person_id) REFERENCES people (district, id),
    CONSTRAINT ck_tasks_one_place CHECK (num_nonnulls(segment_id, site_id, checkpoint_id) <= 1),
    CONSTRAINT ck_tasks_progress_in_range CHECK (progress_percent BETWEEN 0 AND 100),
    CONSTRAINT ck_tasks_dates_in_order CHECK (actual_start <= actual_finish),
    CONSTRAINT ck_tasks_finished_is_complete CHECK (actual_finish IS NULL OR coalesce(progress_percent, 0) = 100),
    CONSTRAINT ck_tasks_weight_positive CHECK (weight > 0 AND weight < 'NaN'),
    CONSTRAINT fk_tasks_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_tasks_stage FOREIGN KEY(stage) REFERENCES stages (code)
);

CREATE INDEX ix_tasks_checkpoint ON tasks (district, checkpoint_id);

CREATE INDEX ix_tasks_segment ON tasks (district, segment_id);

CREATE INDEX ix_tasks_site ON tasks (district, site_id);

CREATE TABLE reports (
    district TEXT NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    status TEXT DEFAULT 'received' NOT NULL,
    observed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    unit_id TEXT,
    reporter_id TEXT,
    task_id TEXT,
    segment_id TEXT,
    site_id TEXT,
    checkpoint_id TEXT,
    case_id TEXT,
    progress_percent NUMERIC(5, 2),
    blocked_reason TEXT,
    checkpoint_state TEXT,
    supplies_state TEXT,
    hazard_survey_state TEXT,
    drill_state TEXT,
    water_level_m FLOAT,
    hazard_kind TEXT,
    note TEXT,
    datum TEXT DEFAULT 'wgs84' NOT NULL,
    position_accuracy_m FLOAT,
    road_id TEXT,
    measure_m NUMERIC(10, 2),
    offset_m NUMERIC(10, 2),
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    CONSTRAINT pk_reports PRIMARY KEY (district, id),
    CONSTRAINT fk_reports_district_unit_id FOREIGN KEY(district, unit_id) REFERENCES units (district, id),
    CONSTRAINT fk_reports_district_reporter_id FOREIGN KEY(district, reporter_id) REFERENCES people (district, id),
    CONSTRAINT fk_reports_district_task_id FOREIGN KEY(district, task_id) REFERENCES tasks (district, id),
    CONSTRAINT fk_reports_district_segment_id FOREIGN KEY(district, segment_id) REFERENCES segments (district, id),
    CONSTRAINT fk_reports_district_site_id FOREIGN KEY(district, site_id) REFERENCES sites (district, id),
    CONSTRAINT fk_reports_district_checkpoint_id FOREIGN KEY(district, checkpoint_id) REFERENCES checkpoints (district, id),
    CONSTRAINT fk_reports_district_case_id FOREIGN KEY(district, case_id) REFERENCES cases (district, id),
    CONSTRAINT fk_reports_district_road_id FOREIGN KEY(district, road_id) REFERENCES roads (district, id),
    CONSTRAINT ck_reports_says_what_its_kind_needs CHECK (CASE kind
 WHEN 'task_progress' THEN task_id IS NOT NULL AND progress_percent IS NOT NULL
 WHEN 'checkpoint_inspection' THEN checkpoint_id IS NOT NULL AND checkpoint_state IS NOT NULL
 WHEN 'water_level' THEN checkpoint_id IS NOT NULL AND water_level_m IS NOT NULL
 WHEN 'hazard' THEN hazard_kind IS NOT NULL
 WHEN 'position_fix' THEN geom IS NOT NULL AND position_accuracy_m IS NOT NULL
 ELSE note IS NOT NULL END),
    CONSTRAINT ck_reports_progress_in_range CHECK (progress_percent BETWEEN 0 AND 100),
    CONSTRAINT ck_reports_datum_known CHECK (datum IN ('wgs84', 'gcj02', 'bd09', 'cgcs2000')),
    CONSTRAINT ck_reports_accuracy_positive CHECK (position_accuracy_m > 0 AND position_accuracy_m < 'Infinity'),
    CONSTRAINT ck_reports_measure_on_road CHECK ((road_id IS NULL) = (measure_m IS NULL)),
    CONSTRAINT ck_reports_measure_in_range CHECK (measure_m >= 0 AND measure_m < 'NaN' AND offset_m >= 0 AND offset_m < 'NaN'),
    CONSTRAINT ck_reports_water_level_finite CHECK (water_level_m NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT ck_reports_geometry_valid CHECK (NOT ST_IsEmpty(geom) AND ST_IsValid(geom)),
    CONSTRAINT ck_reports_geometry_on_globe CHECK (geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4326)),
    CONSTRAINT fk_reports_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_reports_kind FOREIGN KEY(kind) REFERENCES report_kinds (code),
    CONSTRAINT fk_reports_status FOREIGN KEY(status) REFERENCES report_statuses (code),
    CONSTRAINT fk_reports_checkpoint_state FOREIGN KEY(checkpoint_state) REFERENCES checkpoint_states (code),
    CONSTRAINT fk_reports_supplies_state FOREIGN KEY(supplies_state) REFERENCES inspection_states (code),
    CONSTRAINT fk_reports_hazard_survey_state FOREIGN KEY(hazard_survey_state) REFERENCES inspection_states (code),
    CONSTRAINT fk_reports_drill_state FOREIGN KEY(drill_state) REFERENCES inspection_states (code),
    CONSTRAINT fk_reports_hazard_kind FOREIGN KEY(hazard_kind) REFERENCES hazard_kinds (code)
);

CREATE INDEX ix_reports_geom ON reports USING gist (geom);

CREATE INDEX ix_reports_checkpoint ON reports (district, checkpoint_id, observed_at);

CREATE INDEX ix_reports_task ON reports (district, task_id, observed_at);

CREATE INDEX ix_reports_segment ON reports (district, segment_id, observed_at);

CREATE TABLE planned_dates (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    baseline_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    planned_start DATE,
    planned_finish DATE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_planned_dates PRIMARY KEY (district, id),
    CONSTRAINT fk_planned_dates_district_baseline_id FOREIGN KEY(district, baseline_id) REFERENCES baselines (district, id),
    CONSTRAINT fk_planned_dates_district_task_id FOREIGN KEY(district, task_id) REFERENCES tasks (district, id),
    CONSTRAINT ck_planned_dates_dates_in_order CHECK (planned_start <= planned_finish),
    CONSTRAINT ck_planned_dates_id_of_its_parts CHECK (id = baseline_id || ':' || task_id),
    CONSTRAINT fk_planned_dates_district FOREIGN KEY(district) REFERENCES districts (district)
);

CREATE INDEX ix_planned_dates_task ON planned_dates (district, task_id);

CREATE TABLE task_dependencies (
    district TEXT NOT NULL,
    id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    predecessor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lag_days INTEGER DEFAULT 0 NOT NULL,
    basis TEXT NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT erqi_clock() NOT NULL,
    changed_by TEXT DEFAULT erqi_actor() NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_task_dependencies PRIMARY KEY (district, id),
    CONSTRAINT fk_task_dependencies_district_task_id FOREIGN KEY(district, task_id) REFERENCES tasks (district, id),
    CONSTRAINT fk_task_dependencies_district_predecessor_id FOREIGN KEY(district, predecessor_id) REFERENCES tasks (district, id),
    CONSTRAINT ck_task_dependencies_not_itself CHECK (task_id <> predecessor_id),
    CONSTRAINT ck_task_dependencies_id_of_its_parts CHECK (id = task_id || ':' || predecessor_id),
    CONSTRAINT fk_task_dependencies_district FOREIGN KEY(district) REFERENCES districts (district),
    CONSTRAINT fk_task_dependencies_kind FOREIGN KEY(kind) REFERENCES dependency_kinds (code)
);

CREATE INDEX ix_task_dependencies_predecessor ON task_dependencies (district, predecessor_id);

CREATE TABLE readings (
    district TEXT NOT NULL,
    checkpoint_id TEXT NOT NULL,
    quantity TEXT NOT NULL,
    observed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    value FLOAT NOT NULL,
    unit TEXT NOT NULL,
    vertical_datum TEXT,
    report_id UUID,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_readings PRIMARY KEY (district, checkpoint_id, quantity, observed_at),
    CONSTRAINT fk_readings_district_checkpoint_id FOREIGN KEY(district, checkpoint_id) REFERENCES checkpoints (district, id),
    CONSTRAINT fk_readings_district_report_id FOREIGN KEY(district, report_id) REFERENCES reports (district, id),
    CONSTRAINT ck_readings_value_finite CHECK (value NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT fk_readings_district FOREIGN KEY(district) REFERENCES districts (district)
);

ALTER TABLE tasks ADD CONSTRAINT fk_tasks_district_last_report_id FOREIGN KEY(district, last_report_id) REFERENCES reports (district, id);

ALTER TABLE checkpoints ADD CONSTRAINT fk_checkpoints_district_last_report_id FOREIGN KEY(district, last_report_id) REFERENCES reports (district, id);
