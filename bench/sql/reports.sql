-- One batch of reports, even over the box; kinds, states and places mixed, notes of 20 to 70 characters.
INSERT INTO reports (district, id, kind, status, observed_at, received_at, task_id, segment_id, checkpoint_id,
                     progress_percent, blocked_reason, checkpoint_state, supplies_state, hazard_survey_state,
                     drill_state, water_level_m, hazard_kind, note, position_accuracy_m, road_id, measure_m, offset_m,
                     geom)
WITH lists AS MATERIALIZED (
    SELECT ARRAY(SELECT id FROM tasks WHERE district = %(district)s ORDER BY id) AS tasks,
           ARRAY(SELECT id FROM checkpoints WHERE district = %(district)s ORDER BY id) AS checkpoints,
           ARRAY(SELECT code FROM hazard_kinds ORDER BY code) AS hazards,
           ARRAY(SELECT code FROM inspection_states ORDER BY code) AS inspections,
           ARRAY['received', 'triaged', 'accepted', 'accepted', 'accepted', 'rejected', 'duplicate'] AS statuses,
           ARRAY['note', 'note', 'note', 'note', 'note', 'note', 'note', 'problem', 'problem', 'problem', 'problem',
                 'hazard', 'hazard', 'hazard', 'hazard', 'checkpoint_inspection', 'checkpoint_inspection',
                 'water_level', 'task_progress', 'task_progress'] AS kinds,
           ARRAY['嵩山路西侧非机动车道井盖松动，', '京广路快速路桥下积水约十厘米，', '航海路路口围挡倒伏半幅，',
                 '渡槽出口处发现杂物堆积，', '背街支路铺装完成一半，', '社区门口违建拆除后渣土未清运，',
                 '排水管网疏通正在进行，', '绿化中分带缺株，'] AS openings,
           ARRAY['现场已放置警示标志，请尽快安排处理。', '已通知属地街道和施工单位，预计两天内完成。',
                 '影响行人通行，建议夜间施工并加派人手，防止早高峰拥堵。',
                 '照片已上传，等待复核；负责人到场后再补充情况。', '暂不影响通行。'] AS middles,
           ARRAY['', '', '天气晴。', '小雨，能见度一般，后续情况随时上报指挥部值班室。'] AS endings
), drawn AS MATERIALIZED (
    SELECT n, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e, random() AS x, random() AS y
    FROM generate_series(%(first)s::integer, %(last)s::integer) AS n
), chosen AS (
    SELECT drawn.*, lists.*, kinds[1 + floor(a * 20)::integer] AS kind,
           1 + floor(b * %(segments)s)::integer AS segment_number
    FROM drawn, lists
)
SELECT %(district)s, md5('benchmark report ' || n)::uuid, kind, statuses[1 + floor(c * 7)::integer],
       '2020-05-01 00:00+08'::timestamptz + d * interval '180 days',
       '2020-05-01 00:00+08'::timestamptz + d * interval '180 days' + e * interval '2 hours',
       CASE WHEN kind = 'task_progress' THEN tasks[1 + n %% cardinality(tasks)] END,
       segment.id,
       CASE WHEN kind IN ('checkpoint_inspection', 'water_level') THEN checkpoints[1 + n %% cardinality(checkpoints)] END,
       CASE WHEN kind = 'task_progress' THEN round((100 * c)::numeric, 0) END,
       CASE WHEN kind = 'task_progress' AND e < 0.1 THEN '管线迁改未完成' END,
       CASE WHEN kind = 'checkpoint_inspection' THEN 'normal' END,
       CASE WHEN kind = 'checkpoint_inspection' THEN inspections[1 + floor(c * 3)::integer] END,
       CASE WHEN kind = 'checkpoint_inspection' THEN inspections[1 + floor(d * 3)::integer] END,
       CASE WHEN kind = 'checkpoint_inspection' THEN inspections[1 + floor(e * 3)::integer] END,
       CASE WHEN kind = 'water_level' THEN round((100 + 3 * c)::numeric, 2)::float END,
       CASE WHEN kind = 'hazard' THEN hazards[1 + floor(c * 8)::integer] END,
       openings[1 + floor(c * 8)::integer] || middles[1 + floor(d * 5)::integer] || endings[1 + floor(e * 4)::integer],
       3 + floor(e * 40),
       segment.road_id, segment.from_m, CASE WHEN segment.id IS NOT NULL THEN round((e * 20)::numeric, 2) END,
       ST_SetSRID(ST_MakePoint(round((%(west)s + %(width)s * x)::numeric, 7)::float,
                               round((%(south)s + %(height)s * y)::numeric, 7)::float), 4326)
FROM chosen LEFT JOIN bench.numbered_segments AS segment
     ON segment.number = segment_number AND kind IN ('note', 'problem', 'hazard')
