"""PyTorch's own client of the store, against the rendezvous."""

import datetime
import os

import torch.distributed as dist

store = dist.TCPStore(
    "127.0.0.1", int(os.environ["MASTER_PORT"]), 8, False, timeout=datetime.timedelta(seconds=60)
)
store.set("key", "value")
assert store.get("key") == b"value"
assert store.add("count", 1) == 8  # as if all eight had added
assert store.add("count", 0) == 8
assert store.get("count") == b"8"
store.wait(["nobody/writes/this"])
assert len(store.get("nobody/writes/this")) == 128
assert not store.check(["nobody/writes/this"])
assert store.compare_set("new", "", "first") == b"first"
assert store.compare_set("new", "first", "second") == b"second"
store.multi_set(["a", "b"], ["1", "2"])
assert store.multi_get(["a", "b"]) == [b"1", b"2"]
store.append("a", "1")
assert store.get("a") == b"11"
assert store.delete_key("a") and not store.delete_key("a")
rank = int(os.environ["RANK"])
store.set(f"address/{rank}", "here")
assert store.get(f"address/{(rank + 1) % 8}") == b"here"
assert store.num_keys() == 6  # key, count, new, b, address, and one of the client's own
store.queue_push("queue", "work")
assert store.queue_len("queue") == 1
assert store.queue_pop("queue") == b"work"
print("the store answers")
