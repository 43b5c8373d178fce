package dev.backplane.shell.debug;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.DebugEvent.Cause;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.cpu.DebugPoint.Kind;

/** A client that speaks the protocol byte by byte. */
class GdbSessionTest {
    private static final int LIMIT_MILLIS = 60_000;

    private final FakeMachine fake = new FakeMachine();
    private GdbPort port;
    private Socket socket;
    private InputStream in;

    @BeforeEach
    void connect() throws Exception {
        port = new GdbPort(fake.machine(), InetAddress.getLoopbackAddress(), 0);
        dial();
        assertEquals("attach", next());
    }

    private void dial() throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        in = socket.getInputStream();
    }

    @AfterEach
    void hangUp() throws Exception {
        socket.close();
        port.close();
    }

    private String next() throws InterruptedException {
        String s = fake.asked.poll(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        assertNotNull(s, "the machine was asked for nothing");
        return s;
    }

    private void write(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private static String packet(String data) {
        int sum = data.chars().sum() & 0xFF;
        return "$%s#%02x".formatted(data, sum);
    }

    /** The next packet from the other side, which is acknowledged; the rest is left out. */
    private String receive() throws IOException {
        int b = in.read();
        while (b != '$') {
            assertTrue(b == '+' || b == '-', "byte " + b);
            b = in.read();
        }
        StringBuilder text = new StringBuilder();
        int sum = 0;
        for (b = in.read(); b != '#'; b = in.read()) {
            sum += b;
            if (b == '}') {
                b = in.read();
                sum += b;
                b ^= 0x20;
            }
            text.append((char) b);
        }
        assertEquals("%02x".formatted(sum & 0xFF), "" + (char) in.read() + (char) in.read());
        write("+");
        return text.toString();
    }

    private String ask(String data) throws IOException {
        write(packet(data));
        return receive();
    }

    @Test
    void theFirstWordsOfAGdb() throws Exception {
        assertTrue(ask("qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386").contains("PacketSize=4000"));
        assertEquals("", ask("vMustReplyEmpty"));
        assertEquals("OK", ask("QStartNoAckMode"));
        assertEquals("OK", ask("Hg0"));
        assertEquals("1", ask("qAttached"));
        assertEquals("T05thread:1;", ask("?"));
        assertEquals("m1,2", ask("qfThreadInfo"));
        assertEquals("l", ask("qsThreadInfo"));
        assertEquals("OK", ask("T2"));
        assertEquals("E22", ask("T3"));
        assertEquals("vCont;c;C;s;S;t", ask("vCont?"));
        assertEquals("cpu1 active", new String(Hex.bytes(ask("qThreadExtraInfo,2")), StandardCharsets.UTF_8));
    }

    @Test
    void theDescriptionNamesTheRegistersInTheOrderOfTheirBytes() throws Exception {
        StringBuilder xml = new StringBuilder();
        String part;
        do {
            part = ask("qXfer:features:read:target.xml:%x,3f1".formatted(xml.length()));
            xml.append(part.substring(1));
        } while (part.startsWith("m"));
        DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();
        f.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        NodeList regs = f.newDocumentBuilder()
            .parse(new ByteArrayInputStream(xml.toString().getBytes(StandardCharsets.UTF_8)))
            .getElementsByTagName("reg");
        int bits = 0;
        for (int i = 0; i < regs.getLength(); i++) {
            bits += Integer.parseInt(((Element) regs.item(i)).getAttribute("bitsize"));
        }
        assertEquals("rip", ((Element) regs.item(16)).getAttribute("name"));
        assertEquals("xmm0", ((Element) regs.item(40)).getAttribute("name"));
        assertEquals(2 * bits / 8, ask("g").length());
        // Beyond the end there is nothing more, and no exception.
        assertEquals("l", ask("qXfer:features:read:target.xml:7fffffff,1000"));
    }

    @Test
    void registersAreReadAndWrittenOneByOneAndAllAtOnce() throws Exception {
        assertEquals("f0ff000000000000", ask("p10"));
        assertEquals("OK", ask("P10=8877665544332211"));
        assertEquals(0x1122334455667788L, fake.states[0].rip());
        assertEquals("OK", ask("Hg2"));
        assertEquals("f0ff000000000000", ask("p10"));
        String all = ask("g");
        assertEquals("OK", ask("G" + "0100000000000000" + all.substring(16)));
        assertEquals(1, fake.states[1].gpr(0));
        assertEquals(0, fake.states[0].gpr(0));
        for (int n = 0; n < new RegisterFile().all().size(); n++) {
            Register r = new RegisterFile().all().get(n);
            String value = "a5".repeat(r.bytes());
            String before = ask("p%x".formatted(n));
            assertEquals("OK", ask("P%x=%s".formatted(n, value)), r.name());
            String after = ask("p%x".formatted(n));
            assertEquals(before.length(), after.length(), r.name());
            if (r.name().matches("r[a-d]x|r\\d+|[xy]mm\\d+h?|st\\d|[fg]s_base|cr2")) {
                assertEquals(value, after, r.name());
            }
        }
        assertEquals(0x2, fake.states[1].rflags() & 0x20002, "VM cannot be set, bit 1 is always");
        assertEquals("E22", ask("P10=88"));
        assertEquals("E22", ask("p1000"));
        assertEquals("E22", ask("P"));
    }

    @Test
    void tagsOfTheX87AreThoseOfItsFullTagWord() {
        byte[] x = new byte[576];
        x[3] = 5 << 3;
        // Physical 5 is ST0: 1.0; 6 is ST1: 0; 7 is ST2: infinity; the rest is empty.
        x[4] = (byte) 0b1110_0000;
        x[39] = (byte) 0x80;
        x[40] = (byte) 0xFF;
        x[41] = 0x3F;
        x[71] = (byte) 0x80;
        x[72] = (byte) 0xFF;
        x[73] = 0x7F;
        assertEquals(0b10_01_00_11_11_11_11_11, RegisterFile.fullTags(x));
    }

    @Test
    void memoryIsReadWrittenAndRefusedWhereThereIsNone() throws Exception {
        assertEquals("OK", ask("M100,4:01020304"));
        assertEquals("01020304", ask("m100,4"));
        assertEquals("OK", ask("X200,3:" + "}\u0003" + "}\u0004" + "a"));
        assertArrayEquals(new byte[] {'#', '$', 'a'}, Arrays.copyOfRange(fake.ram, 0x200, 0x203));
        assertEquals("OK", ask("X0,0:"));
        assertEquals("0000", ask("mfffe,10"));
        assertEquals("E14", ask("m10000,1"));
        assertEquals("E14", ask("mffffffffffffffff,1"));
        assertEquals("E14", ask("Mffff,2:0102"));
        assertEquals(2 * 0x2000, ask("m0,2000").length());
    }

    @Test
    void packetsThatMakeNoSenseAreAnsweredWithAnErrorOrWithNothing() throws Exception {
        for (String p : List.of("m", "m1", "m1,", "m,1", "m0,3fff", "m0,ffffffffffffffff", "m11111111111111111,1",
            "M0,1:zz", "M0,2:00", "M0", "X0,5:a", "G1", "Hg99", "H", "T", "Txyz", "Z0", "Z0,1", "Z0,1,x", "Zf0,1,1", "Z2,0,0",
            "Z2,0,ffffffff", "vCont;x", "vCont;s:9", "vCont;:1", "c123456789abcdef01", "qThreadExtraInfo,0",
            "qXfer:features:read:target.xml:", "qXfer:features:read:target.xml:-1,0", "qRcmd,abc")) {
            assertEquals("E22", ask(p), p);
        }
        for (String p : List.of("", "!", "R00", "vRun;x", "vCont", "qFoo", "QFoo", "Z5,1,1", "bc", "x", "\u0080")) {
            assertEquals("", ask(p), p);
        }
        assertTrue(fake.asked.isEmpty());
    }

    @Test
    void aStopIsToldWhenTheMachineMeetsIt() throws Exception {
        ask("qSupported:swbreak+;hwbreak+");
        assertEquals("OK", ask("Z0,1000,1"));
        assertEquals("OK", ask("Z1,2000,1"));
        assertEquals("OK", ask("Z2,3000,8"));
        assertEquals("OK", ask("Z3,4000,1"));
        assertEquals("OK", ask("Z4,5000,1"));
        write(packet("vCont;c"));
        assertEquals("[RUN, RUN]", next());
        assertEquals(5, fake.points.size());
        fake.meets(1, new DebugEvent(Cause.BREAKPOINT, new DebugPoint(Kind.EXECUTE, 0x1000, 1)));
        assertEquals("T05thread:2;swbreak:;", receive());
        assertEquals("QC2", ask("qC"));
        write(packet("vCont;s:2;c:1"));
        assertEquals("[RUN, STEP]", next());
        fake.meets(1, new DebugEvent(Cause.STEP, null));
        assertEquals("T05thread:2;", receive());
        write(packet("vCont;s:2"));
        assertEquals("[STAY, STEP]", next());
        fake.meets(0, new DebugEvent(Cause.BREAKPOINT, new DebugPoint(Kind.EXECUTE, 0x2000, 1)));
        assertEquals("T05thread:1;hwbreak:;", receive());
        write(packet("s"));
        assertEquals("[STEP, RUN]", next());
        fake.meets(0, new DebugEvent(Cause.WATCHPOINT, new DebugPoint(Kind.WRITE, 0x3000, 8)));
        assertEquals("T05thread:1;watch:3000;", receive());
        assertEquals("OK", ask("z2,3000,8"));
        write(packet("C05;1234"));
        assertEquals("[RUN, RUN]", next());
        assertEquals(0x1234, fake.states[0].rip());
        assertEquals(4, fake.points.size());
        fake.meets(0, new DebugEvent(Cause.WATCHPOINT, new DebugPoint(Kind.READ, 0x4000, 1)));
        assertEquals("T05thread:1;rwatch:4000;", receive());
    }

    @Test
    void ctrlCStopsWhatRunsAndIsNothingOtherwise() throws Exception {
        write("\u0003");
        write(packet("c"));
        assertEquals("[RUN, RUN]", next());
        write("\u0003");
        assertEquals("stop all", next());
        assertEquals("T02thread:1;", receive());
        assertEquals("T02thread:1;", ask("?"));
    }

    @Test
    void whileTheMachineRunsWhatNeedsItStoppedIsRefused() throws Exception {
        write(packet("c"));
        next();
        for (String p : List.of("g", "m0,4", "p0", "P10=0000000000000000", "c", "vCont;c")) {
            assertEquals("E01", ask(p), p);
        }
        assertEquals("E22", ask("Z0,1,1"));
        fake.meets(0, null);
        assertEquals("T02thread:1;", ask("?"), "what was refused does not count as going on");
    }

    @Test
    void breakpointsAreBounded() throws Exception {
        for (int i = 0; i < Breakpoints.MOST; i++) {
            assertEquals("OK", ask("Z0,%x,1".formatted(i)));
        }
        assertEquals("E22", ask("Z0,ffffff,1"));
        assertEquals("OK", ask("Z0,1,1"), "one that is there already");
        assertEquals("OK", ask("z0,1,1"));
        assertEquals("OK", ask("Z0,ffffff,1"));
    }

    @Test
    void whatIsTooLongOrDamagedIsRefusedAndTheLinkGoesOn() throws Exception {
        write("$" + "a".repeat(PacketLink.MOST + 1) + "#00");
        assertEquals("E22", receive());
        write("$g#00");
        assertEquals('-', in.read());
        write("noise" + packet("qAttached"));
        assertEquals("1", receive());
        write("-");
        assertEquals("1", receive(), "the last packet again");
        assertEquals("OK", ask("QStartNoAckMode"));
        write("$qC#00");
        assertEquals("QC1", receive(), "checksums count no more");
    }

    @Test
    void theMachineIsLetGoWhenThePeerGoes() throws Exception {
        assertEquals("OK", ask("Z0,1,1"));
        socket.close();
        assertTrue(next().startsWith("let go"));
    }

    @Test
    void aPeerThatDetachesIsGoneAndAnotherCanCome() throws Exception {
        Socket second = new Socket(InetAddress.getLoopbackAddress(), port.port());
        second.setSoTimeout(LIMIT_MILLIS);
        assertEquals(-1, second.getInputStream().read(), "one at a time");
        assertEquals("OK", ask("D"));
        assertTrue(next().startsWith("let go"));
        assertEquals(-1, in.read());
        // The port is free when the session has ended, a moment later.
        for (String asked = null; asked == null; asked = fake.asked.poll(100, TimeUnit.MILLISECONDS)) {
            dial();
        }
        assertEquals("T05thread:1;", ask("?"));
    }

    @Test
    void aMachineThatIsTurnedOffEndsTheSession() throws Exception {
        write(packet("c"));
        next();
        fake.ends();
        assertEquals("W00", receive());
        assertEquals(-1, in.read());
    }

    @Test
    void killPullsThePlug() throws Exception {
        write(packet("k"));
        assertEquals("stop", next());
    }

    @Test
    void monitorPrintsToTheConsoleOfGdb() throws Exception {
        write(packet("qRcmd," + Hex.ofText("info registers")));
        String shown = new String(Hex.bytes(receive().substring(1)), StandardCharsets.UTF_8);
        assertTrue(shown.contains("cs   f000  base 00000000ffff0000  limit 0000ffff"), shown);
        assertEquals("OK", receive());
        fake.ram[0x10] = 0x42;
        write(packet("qRcmd," + Hex.ofText("physical 0x10 4")));
        assertEquals("000000000010  42 00 00 00\n",
            new String(Hex.bytes(receive().substring(1)), StandardCharsets.UTF_8));
        assertEquals("OK", receive());
        write(packet("qRcmd," + Hex.ofText("nonsense")));
        assertTrue(new String(Hex.bytes(receive().substring(1)), StandardCharsets.UTF_8).contains("monitor help"));
        assertEquals("OK", receive());
        write(packet("qRcmd," + Hex.ofText("reset")));
        assertEquals("reset", next());
    }

    @Test
    void randomBytesNeverEndTheSessionByAnException() throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        String letters = "$#}*:;,=-+0123456789abcdefgGpPmMXHTcCsSZzvqQ?Cont";
        for (int n = 0; n < 2000; n++) {
            StringBuilder p = new StringBuilder();
            for (int i = random.nextInt(20); i >= 0; i--) {
                char c = letters.charAt(random.nextInt(letters.length()));
                p.append("$#}*".indexOf(c) < 0 ? c : ',');
            }
            if (!fake.stopped) {
                fake.meets(0, null);
                receive();
            }
            char first = p.charAt(0);
            if (first == 'k' || first == '-' || p.toString().startsWith("vK") || p.toString().startsWith("QS")) {
                continue;
            }
            write(packet(p.toString()));
            receiveOrRun();
        }
        if (!fake.stopped) {
            fake.meets(0, null);
            receive();
        }
        assertEquals("1", ask("qAttached"));
        assertFalse(socket.isClosed());
    }

    /** An answer, or the machine went on. */
    private void receiveOrRun() throws Exception {
        long limit = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        while (System.nanoTime() < limit) {
            if (!fake.stopped && in.available() <= 1) {
                return;
            }
            if (in.available() > 1) {
                receive();
                return;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("no answer");
    }

    @Test
    void aMachineThatIsOffTurnsGdbAwayAndThePortSaysWhoIsThere() throws Exception {
        assertEquals("OK", ask("D"));
        next();
        assertEquals(-1, in.read());
        fake.off = true;
        try (Socket s = new Socket(InetAddress.getLoopbackAddress(), port.port())) {
            s.setSoTimeout(LIMIT_MILLIS);
            assertEquals(-1, s.getInputStream().read());
        }
        port.close();
        synchronized (fake.remarks) {
            assertTrue(fake.remarks.stream().anyMatch(r -> r.contains("nobody is connected")), fake.remarks::toString);
            assertTrue(fake.remarks.stream().anyMatch(r -> r.contains("connected from 127.0.0.1")),
                fake.remarks::toString);
        }
    }
}
