"""Reads every export with somebody else's reader and compares its numbers with the JSON report.

    check_exports.py WRITE_EXPORTS SCRATCH_FOLDER

memory_viz: Python's pickle, and PyTorch's own torch/cuda/_memory_viz.py. Perfetto: its own message definitions. pprof:
Google's protobuf with the fields of profile.proto. speedscope: its schema. Chrome's trace: the rules of its format. The
others: Python's json and csv.
"""

import collections
import contextlib
import csv
import gzip
import importlib.util
import io
import json
import pathlib
import pickle
import pickletools
import subprocess
import sys
import unittest

import jsonschema
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from perfetto.protos.perfetto.trace import perfetto_trace_pb2

FOLDER = pathlib.Path()
NAMES = ["sample", "damaged", "card", "replayed", "inferred", "empty"]

# What the page's own unpickle() knows (torch/utils/viz/MemoryViz.js).
OPCODES_OF_THE_VIEWER = {
    "APPENDS", "BINGET", "BININT", "BININT1", "BININT2", "EMPTY_DICT", "EMPTY_LIST", "FRAME", "LONG1", "LONG_BINGET", "MARK",
    "MEMOIZE", "PROTO", "SETITEMS", "SHORT_BINUNICODE", "STOP", "TUPLE2", "APPEND", "NEWFALSE", "BINPUT", "BINUNICODE",
    "EMPTY_TUPLE", "NEWTRUE", "NONE", "BINFLOAT", "TUPLE", "TUPLE1", "TUPLE3", "LONG_BINPUT", "LIST", "DICT", "SETITEM",
}


def path_of(name, kind):
    return FOLDER / f"{name}.{kind}"


def report_of(name):
    return json.loads(path_of(name, "report.json").read_text(encoding="utf-8"))


def categories_at_peak(name):
    return {key: value for key, value in report_of(name)["peak"]["by_category"].items() if value}


def memory_viz():
    """PyTorch's module from its file: importing torch itself would take seconds and is not needed."""
    site = pathlib.Path(importlib.util.find_spec("torch").origin).parent
    spec = importlib.util.spec_from_file_location("memory_viz", site / "cuda" / "_memory_viz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class MemoryViz(unittest.TestCase):
    def snapshot(self, name):
        return pickle.loads(path_of(name, "pickle").read_bytes())

    def main_trace(self, name):
        """The device that the report speaks of: cards come first, by number."""
        return self.snapshot(name)["device_traces"][0]

    def test_has_only_opcodes_of_protocol_4_that_the_viewer_reads(self):
        for name in NAMES:
            data = path_of(name, "pickle").read_bytes()
            self.assertEqual(data[:2], b"\x80\x04")
            used = {opcode.name for opcode, _, _ in pickletools.genops(data)}
            self.assertLessEqual(used, OPCODES_OF_THE_VIEWER)

    def test_appends_in_batches(self):
        """The viewer passes a batch as arguments of one call, which browsers limit."""
        largest, stack = 0, []
        for opcode, _, _ in pickletools.genops(path_of("sample", "pickle").read_bytes()):
            if opcode.name == "MARK":
                stack.append(0)
            elif opcode.name in ("APPENDS", "SETITEMS"):
                largest = max(largest, stack.pop())
            if stack and opcode.name == "EMPTY_DICT":
                stack[-1] += 1
        events = len(self.main_trace("sample"))
        self.assertGreater(events, 10_000)
        self.assertLessEqual(largest, 1_000)
        self.assertGreater(largest, 100)

    def test_peak_and_categories_are_those_of_the_report(self):
        for name in NAMES:
            live, of, peak, at_peak = 0, collections.Counter(), 0, {}
            for event in self.main_trace(name):
                if event["action"] in ("alloc", "free_completed"):
                    size = event["size"] if event["action"] == "alloc" else -event["size"]
                    live += size
                    of[event["category"]] += size
                    if live > peak:
                        peak, at_peak = live, {key: value for key, value in of.items() if value}
            self.assertEqual(peak, report_of(name)["peak"]["requested_bytes"], name)
            self.assertEqual(at_peak, categories_at_peak(name), name)

    def test_every_release_has_both_halves(self):
        for name in NAMES:
            for trace in self.snapshot(name)["device_traces"]:
                live, asked = {}, set()
                for event in trace:
                    address = event.get("addr")
                    if event["action"] == "alloc":
                        self.assertNotIn(address, live)
                        live[address] = event
                    elif event["action"] == "free_requested":
                        self.assertIn(address, live)
                        self.assertNotIn(address, asked)
                        self.assertEqual(live[address]["category"], event["category"])
                        asked.add(address)
                    elif event["action"] == "free_completed":
                        self.assertIn(address, asked)
                        asked.remove(address)
                        born = live.pop(address)
                        self.assertEqual((born["size"], born["category"], born["stream"]),
                                         (event["size"], event["category"], event["stream"]))

    def test_says_unknown_at_least_once(self):
        """A snapshot with categories but without "unknown" stops the viewer with an error."""
        for name in NAMES:
            self.assertIn("unknown", {event.get("category") for event in self.main_trace(name)})

    def test_events_are_those_of_the_trace(self):
        for name in NAMES:
            kinds = collections.Counter(e[0] for e in json.loads(path_of(name, "events.json").read_text()))
            actions = collections.Counter(e["action"] for t in self.snapshot(name)["device_traces"] for e in t)
            self.assertEqual(actions["alloc"], kinds["allocate"] + kinds["carried in"])
            self.assertEqual(actions["segment_alloc"], kinds["segment allocate"])
            self.assertEqual(actions["segment_map"], kinds["segment map"])
            self.assertEqual(actions["segment_unmap"], kinds["segment unmap"])
            self.assertEqual(actions["oom"], kinds["out of memory"])

    def test_pytorch_reads_it(self):
        viz = memory_viz()
        for name in NAMES:
            snapshot = self.snapshot(name)
            self.assertIn(f"segments: {len(snapshot['segments'])}", viz.segsum(snapshot))
            listing = viz.trace(snapshot)
            self.assertEqual(listing.count("Device "), sum(1 for t in snapshot["device_traces"] if t))
            self.assertEqual(listing.count(" = MEM[") + listing.count(" = seg_") + listing.count("cudaMalloc") > 0,
                             name != "empty")
            for segment in snapshot["segments"]:
                for block in segment["blocks"]:
                    frames, size = viz._block_extra(block)
                    self.assertLessEqual(size, block["size"])
                    viz._frames_fmt(frames, reverse=True)
            page = viz.trace_plot(snapshot)
            self.assertIn("Active Memory Timeline", page)

    def test_segments_of_the_card(self):
        heap, mib = 0x200000000000, 1 << 20
        segments = {s["address"]: s for s in self.snapshot("card")["segments"]}
        # 64 and 66 MiB are parts of one that grew; its last MiB was given back. The one at 128 MiB is gone.
        self.assertEqual(sorted(segments), [heap, heap + 64 * mib])
        grown = segments[heap + 64 * mib]
        self.assertEqual((grown["total_size"], grown["is_expandable"], grown["stream"], grown["segment_pool_id"]),
                         (3 * mib, True, 0x88, (0, 5)))
        self.assertEqual([(b["state"], b["size"]) for b in grown["blocks"]], [("active_allocated", 3 * mib)])
        first = segments[heap]
        self.assertEqual(sum(b["size"] for b in first["blocks"]), 2 * mib)
        live = [(b["address"] - heap, b["requested_size"], b["size"]) for b in first["blocks"] if b["state"] == "active_allocated"]
        self.assertEqual(live, [(0, 1000, 1024), (1024, 262144, 262144), (600064, 512, 512)])

    def test_blocks_are_those_of_the_allocator_where_its_replay_agrees(self):
        """A request of 19.5 MiB of a segment of 20: the rest is too small to split off, and belongs to the block."""
        mib = 1 << 20
        snapshot = self.snapshot("replayed")
        self.assertEqual(snapshot["profile_train"]["block_sizes"], "exact, by a replay of the allocator")
        segments = {s["total_size"]: s for s in snapshot["segments"]}
        self.assertEqual([(b["size"], b["requested_size"], b["state"]) for b in segments[20 * mib]["blocks"]],
                         [(20 * mib, 39 * mib // 2, "active_allocated")])
        small = segments[2 * mib]
        self.assertEqual([(b["size"], b["requested_size"], b["state"]) for b in small["blocks"]],
                         [(512, 100, "active_awaiting_free"), (1024, 1000, "active_allocated"),
                          (2 * mib - 1536, 2 * mib - 1536, "inactive")])
        self.assertEqual((small["segment_type"], small["allocated_size"], small["active_size"], small["requested_size"]),
                         ("small", 1024, 1536, 1100))

    def test_says_where_blocks_are_only_rounded_requests(self):
        self.assertIn("requests rounded up to 512 B in 2 of 2 segments", self.snapshot("card")["profile_train"]["block_sizes"])

    def test_json_is_the_same(self):
        for name in NAMES:
            twin = json.loads(path_of(name, "memory-viz-json").read_text(encoding="utf-8"))
            self.assertEqual(twin, json.loads(json.dumps(self.snapshot(name))))

    def test_tells_that_categories_are_inferred(self):
        self.assertEqual(self.snapshot("card")["profile_train"]["inferred"], "")
        self.assertIn("inferred", self.snapshot("inferred")["profile_train"]["inferred"])


class Perfetto(unittest.TestCase):
    def decoded(self, name):
        trace = perfetto_trace_pb2.Trace()
        trace.ParseFromString(path_of(name, "perfetto").read_bytes())
        return trace

    def tracks(self, name):
        return {p.track_descriptor.uuid: p.track_descriptor for p in self.decoded(name).packet if p.HasField("track_descriptor")}

    def test_counters_are_those_of_the_report(self):
        for name in NAMES:
            tracks, report = self.tracks(name), report_of(name)
            level, peak, at_peak = collections.Counter(), 0, {}
            for packet in self.decoded(name).packet:
                event = packet.track_event
                if event.type != event.TYPE_COUNTER:
                    continue
                track = tracks[event.track_uuid]
                self.assertEqual(track.counter.unit, track.counter.UNIT_SIZE_BYTES)
                if track.name == "reserved":
                    continue
                level[track.name] = event.counter_value
                if track.name == "requested":
                    self.assertEqual(event.counter_value, sum(v for k, v in level.items() if k != "requested"))
                    if event.counter_value > peak:
                        peak, at_peak = event.counter_value, {k: v for k, v in level.items() if v and k != "requested"}
            self.assertEqual(peak, report["peak"]["requested_bytes"])
            suffix = ", inferred" if name == "inferred" else ""
            expected = {key.replace("_", " ") + suffix: value for key, value in categories_at_peak(name).items()}
            self.assertEqual(at_peak, expected)

    def test_reserved_is_that_of_the_report(self):
        reserved = [t.uuid for t in self.tracks("card").values() if t.name == "reserved"]
        values = [p.track_event.counter_value for p in self.decoded("card").packet
                  if p.track_event.track_uuid in reserved and p.HasField("track_event")]
        self.assertEqual(max(values), report_of("card")["devices"][0]["reserved_peak_bytes"])

    def test_slices_are_steps_and_phases(self):
        for name in NAMES:
            tracks, report = self.tracks(name), report_of(name)
            slices, open_slices = collections.defaultdict(list), {}
            for packet in self.decoded(name).packet:
                event = packet.track_event
                track = tracks[event.track_uuid].name if event.track_uuid else ""
                if event.type == event.TYPE_SLICE_BEGIN:
                    self.assertNotIn(track, open_slices)
                    open_slices[track] = (event.name, packet.timestamp)
                elif event.type == event.TYPE_SLICE_END:
                    slices[track].append((*open_slices.pop(track), packet.timestamp))
            self.assertEqual(open_slices, {})
            self.assertEqual([s[0] for s in slices["steps"]], [f"step {s['step']}" for s in report["steps"]])
            phases = [(p["name"].replace("_", " "), p["start_ns"], p["end_ns"]) for p in report["phases"] if p["name"] != "other"]
            self.assertEqual(slices["phases"], phases)

    def test_first_packet_begins_the_sequence(self):
        packet = self.decoded("sample").packet[0]
        self.assertEqual(packet.sequence_flags, packet.SEQ_INCREMENTAL_STATE_CLEARED)
        self.assertTrue(all(p.trusted_packet_sequence_id == 1 for p in self.decoded("sample").packet))

    def test_process_tells_losses(self):
        process = next(t.process for t in self.tracks("damaged").values() if t.HasField("process"))
        self.assertIn("lower bound", process.process_name)


class ChromeTrace(unittest.TestCase):
    def test_keeps_the_rules_of_the_format(self):
        """What "Trace Event Format" asks of each kind of event; slices of a thread lie one after the other."""
        needs = {"M": {"name", "pid", "args"}, "X": {"name", "pid", "tid", "ts", "dur"}, "C": {"name", "pid", "ts", "args"},
                 "i": {"name", "pid", "tid", "ts", "s"}}
        for name in NAMES:
            trace = json.loads(path_of(name, "chrome-trace").read_text(encoding="utf-8"))
            self.assertIn(trace["displayTimeUnit"], ("ms", "ns"))
            ends, series = collections.Counter(), {}
            for event in trace["traceEvents"]:
                self.assertLessEqual(needs[event["ph"]], event.keys())
                for key in {"ts", "dur", "pid", "tid"} & event.keys():
                    self.assertIsInstance(event[key], (int, float))
                    self.assertGreaterEqual(event[key], 0)
                if event["ph"] == "i":
                    self.assertIn(event["s"], "gpt")
                if event["ph"] == "X":
                    self.assertGreaterEqual(event["ts"], ends[event["tid"]] - 1e-3)
                    ends[event["tid"]] = event["ts"] + event["dur"]
                if event["ph"] == "C":
                    self.assertTrue(all(isinstance(value, int) for value in event["args"].values()))
                    self.assertEqual(series.setdefault(event["name"], event["args"].keys()), event["args"].keys(),
                                     "a series that is not named falls to 0")

    def test_counters_and_slices_are_those_of_the_report(self):
        for name in NAMES:
            trace, report = json.loads(path_of(name, "chrome-trace").read_text(encoding="utf-8")), report_of(name)
            peak, at_peak = 0, {}
            for event in trace["traceEvents"]:
                if event["ph"] == "C" and event["name"].startswith("requested"):
                    total = sum(event["args"].values())
                    if total > peak:
                        peak, at_peak = total, {k: v for k, v in event["args"].items() if v}
            self.assertEqual(peak, report["peak"]["requested_bytes"])
            self.assertEqual(at_peak, categories_at_peak(name))
            slices = [e for e in trace["traceEvents"] if e["ph"] == "X"]
            self.assertEqual(len(slices), len(report["steps"]) + sum(p["name"] != "other" for p in report["phases"]))
            for event, step in zip(slices, report["steps"]):
                self.assertEqual(event["args"]["peak_requested_bytes"], step["peak_requested_bytes"])
            self.assertEqual([r for r in report["warnings"] if r not in trace["otherData"]["remarks"]], [])


def pprof_message():
    """The messages of pprof's profile.proto, as far as heap profiles need them."""
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="profile.proto", package="pprof", syntax="proto3")

    def message(name, *fields):
        description = file.message_type.add(name=name)
        for number, field, field_type, repeated in fields:
            added = description.field.add(name=field, number=number, label=kind.LABEL_REPEATED if repeated else kind.LABEL_OPTIONAL)
            if isinstance(field_type, str):
                added.type, added.type_name = kind.TYPE_MESSAGE, f".pprof.{field_type}"
            else:
                added.type = field_type

    integer, unsigned, text = kind.TYPE_INT64, kind.TYPE_UINT64, kind.TYPE_STRING
    message("ValueType", (1, "type", integer, False), (2, "unit", integer, False))
    message("Label", (1, "key", integer, False), (2, "str", integer, False), (3, "num", integer, False))
    message("Sample", (1, "location_id", unsigned, True), (2, "value", integer, True), (3, "label", "Label", True))
    message("Line", (1, "function_id", unsigned, False), (2, "line", integer, False))
    message("Location", (1, "id", unsigned, False), (2, "mapping_id", unsigned, False), (3, "address", unsigned, False), (4, "line", "Line", True))
    message("Function", (1, "id", unsigned, False), (2, "name", integer, False), (3, "system_name", integer, False), (4, "filename", integer, False))
    message("Profile", (1, "sample_type", "ValueType", True), (2, "sample", "Sample", True), (4, "location", "Location", True),
            (5, "function", "Function", True), (6, "string_table", text, True), (9, "time_nanos", integer, False), (11, "period_type", "ValueType", False),
            (12, "period", integer, False), (13, "comment", integer, True), (14, "default_sample_type", integer, False))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("pprof.Profile"))


class Pprof(unittest.TestCase):
    def test_samples_are_what_is_live_at_the_peak(self):
        for name in NAMES:
            profile, report = pprof_message()(), report_of(name)
            profile.ParseFromString(gzip.decompress(path_of(name, "pprof").read_bytes()))
            size = profile.ByteSize()
            profile.DiscardUnknownFields()
            self.assertEqual(profile.ByteSize(), size, "fields that profile.proto does not have")
            texts = profile.string_table
            self.assertEqual(texts[0], "")
            self.assertEqual([(texts[v.type], texts[v.unit]) for v in profile.sample_type], [("inuse_objects", "count"), ("inuse_space", "bytes")])
            self.assertEqual(texts[profile.default_sample_type], "inuse_space")
            self.assertEqual(len(set(texts)), len(texts), "each text once")
            self.assertTrue(all(sample.location_id and len(sample.value) == len(profile.sample_type) for sample in profile.sample))
            for ids in ([f.id for f in profile.function], [one.id for one in profile.location]):
                self.assertNotIn(0, ids)
                self.assertEqual(len(set(ids)), len(ids))
            functions = {f.id: texts[f.name] for f in profile.function}
            locations = {one.id: functions[one.line[0].function_id] for one in profile.location}
            of, objects = collections.Counter(), 0
            for sample in profile.sample:
                self.assertIn("[", locations[sample.location_id[0]])
                objects += sample.value[0]
                of[texts[sample.label[0].str]] += sample.value[1]
                for location in sample.location_id:
                    self.assertIn(location, locations)
            self.assertEqual(dict(of), categories_at_peak(name))
            self.assertEqual(objects, len(report["live_at_peak"]))


class FlameGraphs(unittest.TestCase):
    def test_collapsed_stacks_sum_to_the_peak(self):
        for name in NAMES:
            of = collections.Counter()
            for line in path_of(name, "collapsed").read_text(encoding="utf-8").splitlines():
                stack, size = line.rsplit(" ", 1)
                of[stack.split(";")[-1].strip("[]").removesuffix(", inferred").replace(" ", "_")] += int(size)
            self.assertEqual(dict(of), categories_at_peak(name))

    def test_collapsed_stacks_keep_a_semicolon_in_a_name_apart(self):
        lines = path_of("card", "collapsed").read_text(encoding="utf-8").splitlines()
        self.assertTrue(any(line.startswith('net.a,b"c,d;aten::mm;[') for line in lines), lines)

    def test_weights_stand_under_the_module_of_their_name(self):
        lines = path_of("sample", "collapsed").read_text(encoding="utf-8").splitlines()
        self.assertTrue(any(line.startswith("transformer.h.3.attn.c_attn;") and ";transformer.h.3.attn.c_attn.weight;[weights]" in line
                            for line in lines))

    def test_speedscope_keeps_its_schema(self):
        schema = json.loads((pathlib.Path(__file__).parent / "speedscope.schema.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        for name in NAMES:
            file = json.loads(path_of(name, "speedscope").read_text(encoding="utf-8"))
            validator.validate(file)
            del file["profiles"][0]["weights"]
            self.assertFalse(validator.is_valid(file))

    def test_speedscope_sums_to_the_peak(self):
        for name in NAMES:
            file, report = json.loads(path_of(name, "speedscope").read_text(encoding="utf-8")), report_of(name)
            frames, (profile,) = file["shared"]["frames"], file["profiles"]
            self.assertEqual((profile["type"], profile["unit"]), ("sampled", "bytes"))
            self.assertEqual(len(profile["samples"]), len(profile["weights"]))
            self.assertEqual(sum(profile["weights"]), report["peak"]["requested_bytes"])
            self.assertEqual(profile["endValue"], report["peak"]["requested_bytes"])
            for sample in profile["samples"]:
                self.assertTrue(all(0 <= frame < len(frames) for frame in sample))


class Csv(unittest.TestCase):
    def rows(self, name):
        with open(path_of(name, "csv"), newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_has_a_row_for_each_allocation(self):
        for name in NAMES:
            kinds = collections.Counter(e[0] for e in json.loads(path_of(name, "events.json").read_text()))
            rows = self.rows(name)
            self.assertEqual(len(rows), kinds["allocate"] + kinds["carried in"])
            self.assertTrue(all(None not in row and None not in row.values() for row in rows))

    def test_what_is_live_at_the_peak_sums_to_it(self):
        for name in NAMES:
            device = report_of(name)["devices"][0]["device"]
            of = collections.Counter()
            for row in self.rows(name):
                if row["live_at_peak"] == "1" and row["device"] == device.split(" ")[0]:
                    of[row["category"]] += int(row["bytes"])
            self.assertEqual(dict(of), categories_at_peak(name))

    def test_names_survive(self):
        self.assertIn('net.a,b"c;d', {row["module"] for row in self.rows("card")})

    def test_tells_where_categories_come_from(self):
        self.assertEqual({row["category_from"] for row in self.rows("card")}, {"recording"})
        self.assertEqual({row["category_from"] for row in self.rows("inferred")}, {"inference"})


if __name__ == "__main__":
    write_exports, scratch = sys.argv[1:3]
    FOLDER = pathlib.Path(scratch)
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run([write_exports, scratch], check=True)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
