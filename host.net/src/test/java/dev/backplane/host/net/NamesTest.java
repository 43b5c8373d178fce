package dev.backplane.host.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Wire;
import dev.backplane.testkit.HostBench;

/** Names, asked of servers that answer rightly, too long, or whatever they like. */
class NamesTest {
    private static final int COUNT = Integer.getInteger("backplane.hostile", 20_000);
    private static final Ip IP = Ip.parse("10.0.2.15");
    private static final int MANY = 60;
    private static final int PORT = 5353;
    /** How often a hostile server answers a question. */
    private static final int ANSWERS = 20;

    private final AtomicLong answers = new AtomicLong();

    private static byte[] query(int id) throws IOException {
        Message query = Message.newQuery(Record.newRecord(Name.fromString("host.example."), Type.A, DClass.IN));
        query.getHeader().setID(id);
        return query.toWire();
    }

    /** An answer with many addresses, or one that says that it is cut off. */
    private static byte[] answer(byte[] query, boolean truncated) {
        try {
            Message answer = new Message(query);
            answer.getHeader().setFlag(Flags.QR);
            if (truncated) {
                answer.getHeader().setFlag(Flags.TC);
                return answer.toWire();
            }
            Name name = answer.getQuestion().getName();
            for (int i = 1; i <= MANY; i++) {
                answer.addRecord(new ARecord(name, DClass.IN, 60, Ip.v4(0xC000_0200 + i).toInet()), Section.ANSWER);
            }
            return answer.toWire();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HostBench<NetworkEndpoint> open(NameServer server) throws DeviceException {
        return HostBench.of(new UserBackend()).option("dns", server.place()).open();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.2.3", "fec0::3"})
    void anAnswerThatIsCutOffIsAskedForAgainByTcp(String address) throws Exception {
        Ip names = Ip.parse(address);
        try (NameServer server = new NameServer(query -> List.of(answer(query, true)), query -> answer(query, false));
                HostBench<NetworkEndpoint> bench = open(server);
                Guest guest = new Guest(bench, IP, 1).hello()) {
            byte[] query = query(77);
            guest.udp(PORT, names, 53, query);
            assertTrue(new Message(guest.awaitUdp(PORT)).getHeader().getFlag(Flags.TC));
            GuestTcp tcp = guest.connect(names, 53).awaitOpen();
            byte[] framed = new byte[2 + query.length];
            Wire.put16(framed, 0, query.length);
            System.arraycopy(query, 0, framed, 2, query.length);
            tcp.write(framed);
            byte[] came = tcp.awaitEnd();
            assertEquals(came.length - 2, Wire.get16(came, 0));
            Message answer = new Message(Arrays.copyOfRange(came, 2, came.length));
            assertEquals(MANY, answer.getSection(Section.ANSWER).size());
        }
    }

    @Test
    void onlyTheFirstAnswerToAQuestionThatWasAskedReachesTheGuest() throws Exception {
        try (NameServer server = new NameServer(query -> {
            byte[] other = answer(query, false);
            Wire.put16(other, 0, Wire.get16(query, 0) ^ 1);
            byte[] right = answer(query, false);
            return List.of(other, right, right, new byte[3]);
        }, query -> query); HostBench<NetworkEndpoint> bench = open(server);
                Guest guest = new Guest(bench, IP, 1).hello()) {
            for (int id = 100; id < 120; id += 2) {
                byte[] query = query(id);
                guest.udp(PORT, Guest.NAMES, 53, query);
                assertArrayEquals(answer(query, false), guest.awaitUdp(PORT));
            }
            guest.await("the others", () -> bench.counter("dns-answers-unasked") >= 30);
            assertFalse(guest.others.stream().anyMatch(data -> Wire.get16(data, 36) == PORT));
        }
    }

    @Test
    void aServerThatIsSilentIsAskedNoMoreAndTheHostAnswers() throws Exception {
        try (NameServer server = new NameServer(query -> List.of(), query -> query);
                HostBench<NetworkEndpoint> bench = open(server);
                Guest guest = new Guest(bench, IP, 1).hello()) {
            byte[] query = Message.newQuery(Record.newRecord(Name.fromString("localhost."), Type.A, DClass.IN))
                .toWire();
            guest.udp(PORT, Guest.NAMES, 53, query);
            Message answer = new Message(guest.awaitUdp(PORT));
            assertEquals("127.0.0.1", answer.getSection(Section.ANSWER).getFirst().rdataToString());
            assertEquals(1, bench.counter("dns-host-lookups"));
        }
    }

    @Test
    void aServerThatIsSilentIsAskedLastOnceAnotherHasAnswered() throws Exception {
        AtomicLong unanswered = new AtomicLong();
        try (NameServer silent = new NameServer(query -> {
            unanswered.incrementAndGet();
            return List.of();
        }, query -> query); NameServer good = new NameServer(query -> List.of(answer(query, false)),
                query -> answer(query, false));
                HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend())
                    .option("dns", silent.place() + "," + good.place()).open();
                Guest guest = new Guest(bench, IP, 1).hello()) {
            for (int i = 0; i < 5; i++) {
                byte[] query = query(i);
                guest.udp(PORT + i, Guest.NAMES, 53, query);
                assertArrayEquals(answer(query, false), guest.awaitUdp(PORT + i));
            }
            assertTrue(unanswered.get() < 5, () -> unanswered + " of 5 questions went to the silent one");
            bench.replace();
            byte[] query = query(9);
            guest.udp(PORT, Guest.NAMES, 53, query);
            assertArrayEquals(answer(query, false), guest.awaitUdp(PORT));
        }
    }

    private List<byte[]> hostile(Random random, byte[] query) {
        answers.addAndGet(ANSWERS);
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < ANSWERS; i++) {
            byte[] bytes = random.nextBoolean() ? answer(query, random.nextBoolean())
                : new byte[random.nextInt(random.nextInt(50) == 0 ? 65_000 : 600)];
            if (random.nextInt(4) == 0) {
                random.nextBytes(bytes);
            }
            for (int n = random.nextInt(4); n > 0 && bytes.length > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            all.add(bytes);
        }
        return all;
    }

    @Test
    void whateverANameServerAnswersTheNetworkWorksOn() throws Exception {
        Random random = new Random(9);
        byte[] last = query(0xFFFF);
        try (NameServer server = new NameServer(query -> Arrays.equals(query, last)
                ? List.of(answer(query, false)) : hostile(random, query), query -> query);
                HostBench<NetworkEndpoint> bench = open(server)) {
            long before = 0;
            for (int id = 0; answers.get() < COUNT; id++) {
                byte[] question = query(id & 0x7FFF);
                byte[] data = dev.backplane.host.net.wire.Builder.udp(Guest.GATEWAY_MAC, 0x0200_0000_0001L, IP.hi(),
                    IP.lo(), PORT + id % 3, Guest.NAMES.hi(), Guest.NAMES.lo(), 53, question.length);
                System.arraycopy(question, 0, data, data.length - question.length, question.length);
                bench.cable().send(data);
                bench.cable().receiveAll();
                if (id % 50 == 0) {
                    long seen = before;
                    bench.await("answers", () -> answers.get() > seen);
                    before = answers.get();
                }
            }
            try (Guest guest = new Guest(bench, IP, 1).hello()) {
                byte[] right = answer(last, false);
                // the server may still be at work on what came before, longer than the network waits for it
                boolean came = false;
                for (int tries = 0; !came && tries < 10; tries++) {
                    guest.udp(999, Guest.NAMES, 53, last);
                    came = Arrays.equals(right, guest.awaitUdp(999));
                }
                assertTrue(came, () -> bench.counters().toString());
            }
            assertEquals(0, bench.counter("defects"), () -> bench.counters().toString());
            assertTrue(bench.counter("dns-answers-unasked") > 0, () -> bench.counters().toString());
        }
    }
}
