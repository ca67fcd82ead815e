"""Datums against PROJ's cs2cs, two independent GCJ-02/BD-09 packages, and round trips."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import eviltransform
import numpy as np
import prcoords
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.crs import Crs, by_name, by_uri, from_wgs84, to_wgs84
from geo.errors import CoordinateError, InvalidInputError
from geo.gcj import Points, mainland_weight

ERQI = (113.6537, 34.7245)
GEOD = Geod(ellps="WGS84")
DISTRICT = [(lon, lat) for lon in (113.48, 113.56, 113.622, 113.7) for lat in (34.58, 34.66, 34.7301, 34.78)]
ZONE_EDGE = [(112.5, 22.2), (115.5, 22.2), (112.5, 45.1), (115.5, 45.1), (114.0, 30.0)]
GLOBE_EDGE = [(-180.0, -85.06), (180.0, 85.06), (0.0, 0.0), (179.999, -60.0)]
EPSG = {
    Crs.CGCS2000: "EPSG:4490",
    Crs.CGCS2000_CM114E: "EPSG:4547",
    Crs.CGCS2000_ZONE38: "EPSG:4526",
    Crs.WEB_MERCATOR: "EPSG:3857",
}
PROJECTED = [Crs.CGCS2000_CM114E, Crs.CGCS2000_ZONE38, Crs.WEB_MERCATOR]

MAINLAND_CITIES = {
    "Beijing": (116.40, 39.90), "Shanghai": (121.47, 31.23), "Guangzhou": (113.26, 23.13),
    "Shenzhen": (114.06, 22.54), "Sanya": (109.51, 18.25), "Haikou": (110.33, 20.03), "Kunming": (102.71, 25.04),
    "Ruili": (97.85, 24.01), "Lhasa": (91.12, 29.65), "Burang": (81.18, 30.29), "Kashgar": (75.99, 39.47),
    "Tashkurgan": (75.23, 37.77), "Urumqi": (87.62, 43.83), "Kanas": (87.03, 48.70), "Hami": (93.51, 42.83),
    "Ejina": (101.06, 41.96), "Erenhot": (111.98, 43.65), "Manzhouli": (117.43, 49.59), "Mohe": (122.54, 52.97),
    "Fuyuan": (134.30, 48.36), "Hunchun": (130.36, 42.87), "Dandong": (124.38, 40.13), "Dalian": (121.61, 38.91),
    "Weihai": (122.12, 37.51), "Zhoushan": (122.11, 30.02), "Xiamen": (118.09, 24.48), "Nanning": (108.37, 22.82),
    "Chongqing": (106.55, 29.56), "Xining": (101.78, 36.62), "Zhengzhou": (113.62, 34.75),
}  # fmt: skip
OUTSIDE_MAINLAND = {
    "Hong Kong": (114.17, 22.30), "Macau": (113.55, 22.19), "Taipei": (121.56, 25.04),
    "Kaohsiung": (120.30, 22.62), "Taichung": (120.68, 24.15), "Tokyo": (139.69, 35.68), "Seoul": (126.98, 37.57),
    "Pyongyang": (125.75, 39.03), "Vladivostok": (131.89, 43.12), "Khabarovsk": (135.07, 48.48),
    "Ulaanbaatar": (106.92, 47.92), "Irkutsk": (104.28, 52.29), "Almaty": (76.89, 43.24), "Bishkek": (74.59, 42.87),
    "Islamabad": (73.05, 33.68), "New Delhi": (77.21, 28.61), "Kathmandu": (85.32, 27.71), "Thimphu": (89.64, 27.47),
    "Dhaka": (90.41, 23.81), "Yangon": (96.16, 16.87), "Vientiane": (102.60, 17.97), "Hanoi": (105.85, 21.03),
    "Manila": (120.98, 14.60), "London": (-0.13, 51.51), "Quito": (-78.47, -0.18), "South Pole": (0.0, -90.0),
}  # fmt: skip


def cs2cs(points: list[tuple[float, float]], target: str) -> Points:
    """Ask PROJ's own program; lon, lat in, the target's authority order out."""
    lines = "\n".join(f"{lat!r} {lon!r}" for lon, lat in points)
    done = subprocess.run(
        ["/usr/bin/cs2cs", "-f", "%.12f", "EPSG:4326", target],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return np.array([[float(value) for value in line.split()[:2]] for line in done.stdout.splitlines()])


def metres_apart(first: Points, second: Points) -> Points:
    distance: Points = np.asarray(GEOD.inv(first[:, 0], first[:, 1], second[:, 0], second[:, 1])[2])
    return distance


@pytest.mark.parametrize("crs", EPSG)
def test_district_grid_agrees_with_cs2cs(crs: Crs) -> None:
    expected = cs2cs(DISTRICT, EPSG[crs])
    tolerance = 1e-9 if crs.unit == "degree" else 1e-4
    np.testing.assert_allclose(from_wgs84(DISTRICT, crs), expected, rtol=0, atol=tolerance)
    np.testing.assert_allclose(to_wgs84(expected, crs), DISTRICT, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("crs", "edge"),
    [(Crs.CGCS2000_CM114E, ZONE_EDGE), (Crs.CGCS2000_ZONE38, ZONE_EDGE), (Crs.WEB_MERCATOR, GLOBE_EDGE)],
)
def test_edge_of_the_crs_agrees_with_cs2cs(crs: Crs, edge: list[tuple[float, float]]) -> None:
    expected = cs2cs(edge, EPSG[crs])
    np.testing.assert_allclose(from_wgs84(edge, crs), expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(to_wgs84(expected, crs), edge, rtol=0, atol=1e-9)


def test_whole_globe_fits_4490() -> None:
    corners = [(-180.0, -90.0), (180.0, 90.0)]
    assert from_wgs84(corners, Crs.CGCS2000).tolist() == [[-90.0, -180.0], [90.0, 180.0]]


def test_easting_of_zone_38_is_that_of_114e_with_its_prefix() -> None:
    plain, prefixed = from_wgs84(ERQI, Crs.CGCS2000_CM114E), from_wgs84(ERQI, Crs.CGCS2000_ZONE38)
    np.testing.assert_allclose(prefixed - plain, [0.0, 38_000_000.0], atol=1e-6)


@pytest.mark.parametrize("city", MAINLAND_CITIES)
def test_mainland_city_agrees_with_prcoords(city: str) -> None:
    lon, lat = MAINLAND_CITIES[city]
    for crs, oracle in [(Crs.GCJ02, prcoords.wgs_gcj), (Crs.BD09, prcoords.wgs_bd)]:
        expected_lat, expected_lon = oracle((lat, lon))
        np.testing.assert_allclose(from_wgs84((lon, lat), crs), (expected_lon, expected_lat), rtol=0, atol=1e-9)


@pytest.mark.parametrize("city", OUTSIDE_MAINLAND)
def test_place_outside_the_mainland_is_not_shifted(city: str) -> None:
    point = OUTSIDE_MAINLAND[city]
    for crs in (Crs.GCJ02, Crs.BD09):
        assert from_wgs84(point, crs).tolist() == list(point)
        assert to_wgs84(point, crs).tolist() == list(point)


@pytest.mark.parametrize(("crs", "oracle"), [(Crs.GCJ02, eviltransform.wgs2gcj), (Crs.BD09, eviltransform.wgs2bd)])
def test_district_agrees_with_eviltransform(crs: Crs, oracle: Callable[[float, float], tuple[float, float]]) -> None:
    # eviltransform turns metres into degrees on another ellipsoid (a = 6378137 m, not Krasovsky's 6378245 m):
    # 17 parts in a million of 1.3 km, so the two may differ by 22 mm and no more
    expected = np.array([oracle(lat, lon)[::-1] for lon, lat in DISTRICT])
    assert metres_apart(from_wgs84(DISTRICT, crs), expected).max() < 0.022


def test_inverse_agrees_with_prcoords() -> None:
    for crs, oracle in [(Crs.GCJ02, prcoords.gcj_wgs_bored), (Crs.BD09, prcoords.bd_wgs_bored)]:
        expected = np.array([tuple(oracle((lat, lon)))[::-1] for lon, lat in DISTRICT])
        assert metres_apart(to_wgs84(DISTRICT, crs), expected).max() < 0.01


def test_shifts_at_erqi_are_the_known_ones() -> None:
    here = np.array([ERQI])
    assert metres_apart(here, from_wgs84(here, Crs.GCJ02))[0] == pytest.approx(571, abs=5)
    assert metres_apart(here, from_wgs84(here, Crs.BD09))[0] == pytest.approx(1277, abs=5)


LON_LAT = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
NEAR_CHINA = st.tuples(st.floats(70, 140), st.floats(15, 56))
IN_ZONE = st.tuples(st.floats(111, 117), st.floats(18, 53))


@given(st.lists(st.one_of(LON_LAT, NEAR_CHINA), max_size=20), st.sampled_from([Crs.GCJ02, Crs.BD09]))
@settings(deadline=None)
def test_shifted_datum_comes_back_within_a_centimetre(pairs: list[tuple[float, float]], crs: Crs) -> None:
    points = np.array(pairs).reshape(-1, 2)
    assert (metres_apart(to_wgs84(from_wgs84(points, crs), crs), points) < 0.01).all()
    assert (metres_apart(from_wgs84(to_wgs84(points, crs), crs), points) < 0.01).all()


@given(IN_ZONE, st.sampled_from(PROJECTED))
@settings(deadline=None)
def test_projected_point_comes_back_within_a_centimetre(pair: tuple[float, float], crs: Crs) -> None:
    points = np.array([pair])
    assert metres_apart(to_wgs84(from_wgs84(points, crs), crs), points)[0] < 0.01


@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((113.9, 22.45), (114.1, 22.60)),  # Hong Kong to Shenzhen
        ((122.3, 29.0), (122.6, 29.0)),  # out to sea, where the shift points outwards
        ((73.3, 39.0), (73.5, 39.0)),  # the west end, where it points inwards
        ((120.7, 53.5), (120.5, 53.7)),  # the northern tip, where a degree of longitude is shortest
    ],
)
def test_border_is_crossed_without_a_jump(crs: Crs, start: tuple[float, float], end: tuple[float, float]) -> None:
    path = np.linspace(start, end, 2001)
    weight = mainland_weight(path)
    assert weight.min() == 0
    assert weight.max() == 1
    assert metres_apart(to_wgs84(from_wgs84(path, crs), crs), path).max() < 0.01
    assert metres_apart(from_wgs84(to_wgs84(path, crs), crs), path).max() < 0.01


@pytest.mark.parametrize("crs", Crs)
def test_shapes_are_kept(crs: Crs) -> None:
    pair = from_wgs84(ERQI, crs)
    assert pair.shape == (2,)
    assert to_wgs84(pair, crs).shape == (2,)
    assert from_wgs84([ERQI], crs).shape == (1, 2)
    assert to_wgs84(np.empty((0, 2)), crs).shape == (0, 2)
    assert from_wgs84(np.empty((0, 2)), crs).shape == (0, 2)


@pytest.mark.parametrize("crs", Crs)
def test_array_equals_its_rows(crs: Crs) -> None:
    points = np.array(DISTRICT)
    there = from_wgs84(points, crs)
    np.testing.assert_allclose(there, [from_wgs84(row, crs) for row in points], rtol=1e-15)
    np.testing.assert_allclose(to_wgs84(there, crs), [to_wgs84(row, crs) for row in there], rtol=1e-15)


@pytest.mark.parametrize("crs", Crs)
def test_input_is_not_changed(crs: Crs) -> None:
    points = np.array(DISTRICT)
    result = from_wgs84(points, crs)
    result += 1.0
    assert points.tolist() == [list(point) for point in DISTRICT]


@pytest.mark.parametrize(
    ("pair", "crs", "zh", "en"),
    [
        ((113.65, 34.72), Crs.CGCS2000, "坐标顺序可能颠倒", "swapped"),
        ((34.72, 113.65), Crs.WGS84, "坐标顺序可能颠倒", "swapped"),
        ((34.72, 113.65), Crs.GCJ02, "坐标顺序可能颠倒", "swapped"),
        ((468281.2, 3844084.1), Crs.CGCS2000_CM114E, "坐标顺序可能颠倒", "swapped"),
        ((38468281.2, 3844084.1), Crs.CGCS2000_ZONE38, "坐标顺序可能颠倒", "swapped"),
        ((3844084.1, 38468281.2), Crs.CGCS2000_CM114E, "带有带号前缀 38", "carries the zone prefix 38"),
        ((3844084.1, 468281.2), Crs.CGCS2000_ZONE38, "缺少带号前缀 38", "lacks the zone prefix 38"),
        ((3844084.1, 39468281.2), Crs.CGCS2000_ZONE38, "带号是 39，应为 38", "zone prefix is 39, it should be 38"),
        ((384408.4, 38468281.2), Crs.CGCS2000_ZONE38, "适用范围", "outside the range"),
        ((3844084.1, 468281.2), Crs.WGS84, "以米为单位", "projected metres"),
        ((34.72, 113.65), Crs.CGCS2000_CM114E, "以度为单位", "degrees, not metres"),
        ((100.0, 200.0), Crs.WGS84, "适用范围", "outside the range"),
        ((float("nan"), 34.72), Crs.WGS84, "不是有限数值", "not a finite number"),
        ((113.65, float("inf")), Crs.BD09, "不是有限数值", "not a finite number"),
        ((1e300, 0.0), Crs.WEB_MERCATOR, "适用范围", "outside the range"),
        ((3844084.1, 1e300), Crs.CGCS2000_CM114E, "适用范围", "outside the range"),
    ],
)
def test_impossible_coordinate_is_refused_with_its_likely_cause(
    pair: tuple[float, float], crs: Crs, zh: str, en: str
) -> None:
    with pytest.raises(CoordinateError) as refused:
        to_wgs84(pair, crs, field="position")
    assert zh in refused.value.text.zh
    assert en in refused.value.text.en
    assert refused.value.field == "position"


def test_wrong_row_is_named() -> None:
    with pytest.raises(CoordinateError, match=r"^Coordinate 3 \(34\.72, 113\.65\)"):
        to_wgs84([ERQI, ERQI, (34.72, 113.65)], Crs.WGS84)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 2), ()])
def test_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CoordinateError, match="exactly two numbers"):
        to_wgs84(np.zeros(shape), Crs.WGS84)


@pytest.mark.parametrize("given_points", ["113,34", [("a", 1.0)], [(1.0, 2.0), (3.0,)], [(1.0, {})]])
def test_text_in_place_of_numbers_is_refused(given_points: object) -> None:
    with pytest.raises(CoordinateError, match="pairs of numbers"):
        to_wgs84(given_points, Crs.WGS84)  # type: ignore[arg-type]  # what JSON from outside may hold


@pytest.mark.parametrize("crs", [Crs.CGCS2000_CM114E, Crs.CGCS2000_ZONE38, Crs.WEB_MERCATOR])
def test_place_too_far_for_the_projection_is_refused(crs: Crs) -> None:
    with pytest.raises(CoordinateError, match="outside the range"):
        from_wgs84((10.0, 89.9), crs)


@pytest.mark.parametrize(
    ("uri", "crs"),
    [
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", Crs.WGS84),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", Crs.WGS84_LAT_LON),
        ("http://www.opengis.net/def/crs/EPSG/0/4490", Crs.CGCS2000),
        ("http://www.opengis.net/def/crs/EPSG/0/4547", Crs.CGCS2000_CM114E),
        ("http://www.opengis.net/def/crs/EPSG/0/4526", Crs.CGCS2000_ZONE38),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", Crs.WEB_MERCATOR),
    ],
)
def test_uri_names_its_crs(uri: str, crs: Crs) -> None:
    assert by_uri(uri) is crs


@pytest.mark.parametrize("crs", [crs for crs in Crs if crs.uri])
def test_uri_of_every_crs_finds_it_again(crs: Crs) -> None:
    assert by_uri(str(crs.uri)) is crs


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "4326",
        "EPSG:4326",
        "urn:ogc:def:crs:EPSG::4526",
        "http://example.org/EPSG/0/4326",
        "http://www.opengis.net/def/crs/EPSG/0/4326 ",
    ],
)
def test_unknown_uri_is_refused_with_the_served_ones(uri: str) -> None:
    with pytest.raises(InvalidInputError, match="EPSG/0/4547") as refused:
        by_uri(uri)
    assert refused.value.field == "crs"


def test_field_names_are_longitude_first() -> None:
    assert [by_name(name) for name in ("wgs84", "GCJ02", " bd09 ", "cgcs2000")] == [
        Crs.WGS84,
        Crs.GCJ02,
        Crs.BD09,
        Crs.CGCS2000_LON_LAT,
    ]
    assert to_wgs84(ERQI, by_name("cgcs2000")).tolist() == list(ERQI)


def test_unknown_name_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="wgs84, gcj02, bd09, cgcs2000"):
        by_name("nad27")


def test_axis_order_is_that_of_the_epsg_registry() -> None:
    assert {crs: crs.axes for crs in EPSG} == {
        Crs.CGCS2000: ("lat", "lon"),
        Crs.CGCS2000_CM114E: ("northing", "easting"),
        Crs.CGCS2000_ZONE38: ("northing", "easting"),
        Crs.WEB_MERCATOR: ("x", "y"),
    }
    assert not Crs.CGCS2000.east_first
    assert Crs.WGS84.east_first
