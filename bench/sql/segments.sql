-- Each road cut into equal ranges; the table's own trigger cuts their lines.
INSERT INTO segments (district, id, road_id, from_m, to_m, name_zh, name_en, from_zh, from_en, to_zh, to_en,
                      position_status, position_accuracy_m, source)
SELECT road.district, road.id || '-' || lpad(part::text, 2, '0'), road.id,
       trunc((road.length_m * part / %(parts)s)::numeric, 2), trunc((road.length_m * (part + 1) / %(parts)s)::numeric, 2),
       road.name_zh || '（第' || part || '路口—第' || part + 1 || '路口）',
       road.name_en || ' (crossing ' || part || ' – crossing ' || part + 1 || ')',
       '第' || part || '路口', 'crossing ' || part, '第' || part + 1 || '路口', 'crossing ' || part + 1,
       'surveyed', 15, 'made for the benchmark'
FROM roads AS road, generate_series(0, %(parts)s - 1) AS part
WHERE road.id LIKE 'bench-%%'
ORDER BY road.id, part
LIMIT %(segments)s
