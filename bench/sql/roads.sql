-- Measured roads: wavy lines of about 3 km with a vertex every 25 m, folded back at the edges of the box.
INSERT INTO roads (district, id, name_zh, name_en, position_status, position_accuracy_m, source, geom)
WITH drawn AS MATERIALIZED (
    SELECT n, random() AS across, random() AS up, 2 * pi() * random() AS heading
    FROM generate_series(1, %(roads)s) AS n
), vertices AS (
    SELECT n, v,
           (across * %(width)s + v * 25 * cos(heading + 0.3 * sin(v / 15.0)) / 91600) / %(width)s AS x,
           (up * %(height)s + v * 25 * sin(heading + 0.3 * sin(v / 15.0)) / 110900) / %(height)s AS y
    FROM drawn, generate_series(0, 119) AS v
)
SELECT %(district)s, 'bench-' || lpad(n::text, 5, '0'), '测试路' || n || '号', 'Bench Road ' || n, 'surveyed', 15,
       'made for the benchmark',
       erqi_measured(ST_SetSRID(ST_MakeLine(ST_MakePoint(
           round((%(west)s + %(width)s * (1 - abs(1 - (x - 2 * floor(x / 2)))))::numeric, 7)::float,
           round((%(south)s + %(height)s * (1 - abs(1 - (y - 2 * floor(y / 2)))))::numeric, 7)::float) ORDER BY v), 4326))
FROM vertices GROUP BY n
