import hashlib
import heapq
import json
import re


class Account:
    def __init__(self, name):
        self.name = name
        self.entries = []

    def add(self, amount):
        self.entries.append(amount)

    @property
    def balance(self):
        return sum(self.entries)


def words(count):
    state = 1
    for _ in range(count):
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        yield "w%03d" % ((state >> 33) % 700)


def sieve(limit):
    flags = bytearray([1]) * limit
    for i in range(2, int(limit ** 0.5) + 1):
        if flags[i]:
            flags[i * i::i] = bytes(len(range(i * i, limit, i)))
    return sum(flags) - 2


counts = {}
for word in words(60000):
    counts[word] = counts.get(word, 0) + 1
print(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5])

accounts = [Account("a%d" % i) for i in range(50)]
for i in range(40000):
    accounts[i * 7 % 50].add(i % 13 - 6)
print([a.balance for a in accounts[:10]])

text = " ".join(words(20000))
print(len(re.findall(r"w(\d)\1\d (w\d+)", text)), re.sub(r"w0+(\d)", r"<\1>", text)[:60])
document = {"list": [{"id": i, "tags": ["t%d" % (i % 5)] * 3, "value": i / 8} for i in range(3000)]}
print(hashlib.sha256(json.dumps(json.loads(json.dumps(document)), sort_keys=True).encode()).hexdigest())
print(sieve(300000), pow(3, 20011, 10 ** 40 + 7), len(str(7 ** 4000)))
heap = []
for i in range(20000):
    heapq.heappush(heap, i * 7919 % 20011)
print(sum(heapq.heappop(heap) * (i % 3) for i in range(20000)))
