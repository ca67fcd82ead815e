-- The number of a position's cell: zoom 30 of WebMercatorQuad, bits of row (odd) and column (even) by turns.
-- NULL beyond the square of Web Mercator. Names nothing of PostGIS: an index is restored without its search path.
CREATE FUNCTION erqi_cell(lon double precision, lat double precision) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    last constant bigint := 1073741823;
    x bigint;
    y bigint;
BEGIN
    IF abs(lat) > 85.05112877980659 THEN
        RETURN NULL;
    END IF;
    -- A cell has its west and north edges; the last ones also have the edge of the world.
    x := least(floor((lon + 180) / 360 * (last + 1))::bigint, last);
    y := floor((0.5 - ln(tan(radians(45 + lat / 2))) / (2 * pi())) * (last + 1))::bigint;
    y := greatest(0, least(y, last));
    -- Bit by bit apart, by halves: 16, 8, 4, 2 and 1.
    x := (x | (x << 16)) & 281470681808895;
    x := (x | (x << 8)) & 71777214294589695;
    x := (x | (x << 4)) & 1085102592571150095;
    x := (x | (x << 2)) & 3689348814741910323;
    x := (x | (x << 1)) & 6148914691236517205;
    y := (y | (y << 16)) & 281470681808895;
    y := (y | (y << 8)) & 71777214294589695;
    y := (y | (y << 4)) & 1085102592571150095;
    y := (y | (y << 2)) & 3689348814741910323;
    y := (y | (y << 1)) & 6148914691236517205;
    RETURN x | (y << 1);
END $$;
