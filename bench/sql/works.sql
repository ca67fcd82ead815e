-- Three tasks for each made segment in a programme with one plan, so that every state of progress occurs: a third of the
-- segments is not due yet, of the others one in eight is unreported, one in twenty blocked, the rest on the way.
WITH programme AS (
    INSERT INTO programmes (district, id, name_zh, name_en, kind, starts_on, ends_on)
    SELECT %(district)s, 'bench-works', '测试工程', 'Bench works', (SELECT code FROM programme_kinds ORDER BY code LIMIT 1),
           CURRENT_DATE - 200, CURRENT_DATE + 200
    RETURNING district, id
), baseline AS (
    INSERT INTO baselines (district, id, programme_id, name_zh, name_en, adopted_on, is_current)
    SELECT district, 'bench-plan', id, '测试计划', 'Bench plan', CURRENT_DATE - 200, true FROM programme
    RETURNING district, id
), stage AS (
    SELECT code, label_zh, label_en, row_number() OVER (ORDER BY sort_order) AS number FROM stages ORDER BY sort_order LIMIT 3
), drawn AS MATERIALIZED (
    SELECT segment.id, segment.name_zh, segment.name_en, row_number() OVER (ORDER BY segment.id) AS n,
           abs(hashtext(segment.id)) %% 100 AS luck
    FROM segments AS segment WHERE segment.district = %(district)s AND segment.id LIKE 'bench-%%'
), task AS (
    INSERT INTO tasks (district, id, programme_id, segment_id, stage, name_zh, name_en, weight, progress_percent,
                       actual_start, blocked_reason)
    SELECT %(district)s, drawn.id || '-' || stage.code, 'bench-works', drawn.id, stage.code,
           drawn.name_zh || stage.label_zh, drawn.name_en || ' ' || stage.label_en, stage.number,
           CASE WHEN n %% 3 = 0 OR n %% 8 = 1 THEN NULL
                WHEN luck < 15 THEN 100 ELSE (luck * (4 - stage.number) / 3) %% 100 END,
           CASE WHEN n %% 3 = 0 OR n %% 8 = 1 THEN NULL ELSE CURRENT_DATE - 120 END,
           CASE WHEN n %% 20 = 2 AND stage.number = 3 AND luck >= 15 AND n %% 3 > 0 THEN '管线迁改未完成' END
    FROM drawn, stage
    RETURNING id, segment_id
)
INSERT INTO planned_dates (district, id, baseline_id, task_id, planned_start, planned_finish)
SELECT %(district)s, baseline.id || ':' || task.id, baseline.id, task.id,
       CURRENT_DATE + CASE WHEN drawn.n %% 3 = 0 THEN 30 ELSE -120 END,
       CURRENT_DATE + CASE WHEN drawn.n %% 3 = 0 THEN 90 ELSE -20 + (drawn.luck / 2) END
FROM task JOIN drawn ON drawn.id = task.segment_id, baseline
