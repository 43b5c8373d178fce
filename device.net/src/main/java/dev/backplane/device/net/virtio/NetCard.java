package dev.backplane.device.net.virtio;

import java.util.Arrays;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.device.net.FrameState;
import dev.backplane.device.net.MacAddress;
import dev.backplane.device.virtio.VirtChain;
import dev.backplane.device.virtio.VirtQueue;
import dev.backplane.device.virtio.VirtioDevice;
import dev.backplane.device.virtio.VirtioProfile;

/**
 * A virtio network device (virtio 1.2, 5.1). It keeps no buffer of the driver's beyond a call: a frame to be sent is
 * copied and handed to the port, a frame that came is written at once or held until there are buffers for it.
 */
final class NetCard extends VirtioDevice {
    private static final int CONFIG_SIZE = 17;
    private static final int CONFIG_STATUS = 6;
    private static final int CONFIG_PAIRS = 8;
    private static final int CONFIG_MTU = 10;
    private static final int CONFIG_SPEED = 12;
    private static final int CONFIG_DUPLEX = 16;
    private static final int SPEED_MBIT = 10_000;
    private static final int FULL_DUPLEX = 1;
    private static final int LINK_UP = 1;
    private static final int ANNOUNCE = 2;
    private static final int CONTROL_QUEUE_SIZE = 64;
    /** How long a driver may wait to hear of sent frames; a slow guest would else have an interrupt for each. */
    private static final long SENT_DELAY_NANOS = 500_000;
    /** How many frames it may be told of at once: a share of the queue, so that it does not run dry. */
    private static final int SENT_SHARE = 4;
    /** How many frames are received in a turn; then other work of the card has its turn. */
    private static final int BURST = 128;

    private final NetworkPort port;
    private final NetSettings settings;
    private final ReceiveFilter filter;
    private final ControlQueue control;
    private final FlowTable flows = new FlowTable();
    private final NetHeader header = new NetHeader();
    private final Runnable receive = this::receive;
    private final Runnable receiveNextTurn = this::receiveNextTurn;
    private final VirtChain[] buffers;
    private final int[] written;
    private final boolean[] touched;
    private final int[] unsignalled;
    private final DeviceTimer sentTimer;
    private final Counter framesSent;
    private final Counter bytesSent;
    private final Counter framesReceived;
    private final Counter bytesReceived;
    private final Counter filtered;
    private final Counter waits;
    private final Counter badFrames;
    private Frame held;
    private boolean receiveScheduled;
    private boolean stalled;
    private int pairs = 1;
    private long guestOffloads;

    NetCard(DeviceContext context, NetworkPort port, NetSettings settings) throws DeviceException {
        super(context, profile(settings));
        this.port = port;
        this.settings = settings;
        filter = new ReceiveFilter(settings.mac());
        control = new ControlQueue(this, filter);
        buffers = new VirtChain[settings.queueSize()];
        written = new int[settings.queueSize()];
        touched = new boolean[settings.pairs()];
        unsignalled = new int[settings.pairs()];
        sentTimer = context.timer("sent", this::signalSent);
        framesSent = context.counter("frames-sent");
        bytesSent = context.counter("bytes-sent");
        framesReceived = context.counter("frames-received");
        bytesReceived = context.counter("bytes-received");
        filtered = context.counter("filtered-frames");
        waits = context.counter("waits-for-buffers");
        badFrames = context.counter("bad-frames");
        config().set(0, settings.mac());
        config().set16(CONFIG_STATUS, port.linkUp() ? LINK_UP : 0);
        config().set16(CONFIG_PAIRS, settings.pairs());
        config().set16(CONFIG_MTU, settings.mtu());
        config().set32(CONFIG_SPEED, SPEED_MBIT);
        config().set8(CONFIG_DUPLEX, FULL_DUPLEX);
        port.onReceive(receive);
        port.onRoom(this::room);
        port.onLinkChange(this::linkChanged);
    }

    private static VirtioProfile profile(NetSettings settings) {
        Integer[] sizes = new Integer[2 * settings.pairs() + 1];
        Arrays.fill(sizes, settings.queueSize());
        if (settings.pairs() > 1) {
            sizes[2 * settings.pairs()] = CONTROL_QUEUE_SIZE;
        }
        return new VirtioProfile(1, 0x020000, NetFeatures.offered(settings), CONFIG_SIZE, Arrays.asList(sizes));
    }

    private boolean agreed(long feature) {
        return (features() & feature) != 0;
    }

    /** Without MQ there is one pair and the control queue comes after it, whatever is offered (5.1.2). */
    private int controlIndex() {
        return agreed(NetFeatures.MQ) ? 2 * settings.pairs() : 2;
    }

    @Override
    protected boolean accepts(long features) {
        return NetFeatures.consistent(features);
    }

    @Override
    protected void activated(long features) {
        filter.reset(settings.mac(), (features & NetFeatures.CTRL_VLAN) != 0);
        flows.clear();
        pairs = 1;
        guestOffloads = features & NetFeatures.GUEST_OFFLOADS;
        port.accept(NetFeatures.offloads(guestOffloads));
    }

    @Override
    protected void reactivated(long features) {
        port.accept(NetFeatures.offloads(guestOffloads & features));
    }

    @Override
    protected void deactivated() {
        held = null;
        stalled = false;
        sentTimer.cancel();
        Arrays.fill(unsignalled, 0);
        port.accept(Offloads.NONE);
        config().set(0, settings.mac());
        status(port.linkUp() ? LINK_UP : 0);
    }

    @Override
    protected void resumed() {
        // What the former instance owed the driver; one that knows already is not interrupted.
        for (int i = 1; active() && i < 2 * settings.pairs(); i += 2) {
            queue(i).signal();
        }
        linkChanged();
        scheduleReceive();
    }

    @Override
    protected void notified(VirtQueue queue) {
        int index = queue.index();
        if (index == controlIndex() && agreed(NetFeatures.CTRL_VQ)) {
            control(queue);
        } else if ((index & 1) != 0) {
            transmit(queue);
        } else {
            stalled = false;
            receive();
        }
    }

    private void control(VirtQueue queue) {
        for (VirtChain chain = queue.take(); chain != null; chain = queue.take()) {
            int result = control.execute(chain, features());
            context().counter(result == ControlQueue.OK ? "control-commands" : "bad-control-commands").increment();
            chain.write8(0, result);
            queue.push(chain, Math.min(1, chain.writableLength()));
        }
        queue.signal();
    }

    private void transmit(VirtQueue queue) {
        int pair = queue.index() >> 1;
        boolean learn = pairs > 1;
        for (VirtChain chain = queue.take(); chain != null; chain = queue.take()) {
            Frame frame = frameOf(chain);
            if (frame == null) {
                badFrames.increment();
            } else if (port.send(frame)) {
                framesSent.increment();
                bytesSent.add(frame.data().length);
                if (learn) {
                    flows.sent(frame.data(), pair);
                }
            } else {
                // Sent when there is room; until then the driver's ring is the queue.
                queue.putBack(chain);
                break;
            }
            unsignalled[pair] += queue.push(chain, 0) ? 1 : 0;
        }
        if (unsignalled[pair] > queue.size() / SENT_SHARE) {
            unsignalled[pair] = 0;
            queue.signal();
        } else if (unsignalled[pair] > 0 && !sentTimer.armed()) {
            sentTimer.armAt(context().clock().nanoTime() + SENT_DELAY_NANOS);
        }
    }

    private void signalSent() {
        for (int i = 0; i < unsignalled.length; i++) {
            if (unsignalled[i] > 0) {
                unsignalled[i] = 0;
                queue(2 * i + 1).signal();
            }
        }
    }

    /** A copy of the driver's frame, or null if it is none that can be sent. */
    private Frame frameOf(VirtChain chain) {
        long length = chain.readableLength() - NetHeader.LENGTH;
        if (length < Frame.MIN_LENGTH || length > Frame.MAX_LENGTH) {
            return null;
        }
        byte[] data = new byte[(int) length];
        return chain.read(0, header.bytes, 0, NetHeader.LENGTH) && chain.read(NetHeader.LENGTH, data, 0, data.length)
            ? header.frame(data, features()) : null;
    }

    private void room() {
        if (active()) {
            for (int i = 1; i < 2 * settings.pairs(); i += 2) {
                if (queue(i).enabled()) {
                    queue(i).wake();
                }
            }
        }
    }

    private void scheduleReceive() {
        if (!receiveScheduled) {
            receiveScheduled = true;
            context().execute(receiveNextTurn);
        }
    }

    private void receiveNextTurn() {
        receiveScheduled = false;
        receive();
    }

    /** Gives frames to the driver as long as there are some and buffers for them. */
    private void receive() {
        if (isResting() || stalled) {
            return;
        }
        int left = BURST;
        boolean more = true;
        while (more && left-- > 0) {
            Frame frame = held == null ? port.receive() : held;
            held = null;
            more = frame != null && take(frame);
        }
        for (int i = 0; i < touched.length; i++) {
            if (touched[i]) {
                touched[i] = false;
                queue(2 * i).signal();
            }
        }
        if (more) {
            scheduleReceive();
        }
    }

    /** False if the frame has to wait. */
    private boolean take(Frame frame) {
        if (!active() || !filter.accepts(frame.data())) {
            filtered.increment();
            return true;
        }
        int pair = pairs > 1 ? flows.pairFor(frame.data(), pairs) : 0;
        VirtQueue queue = queue(2 * pair);
        int count = gather(queue, NetHeader.LENGTH + frame.data().length);
        if (count == 0) {
            held = frame;
            stalled = true;
            waits.increment();
            return false;
        }
        header.describe(frame, (guestOffloads & NetFeatures.GUEST_CSUM) != 0);
        if (!write(frame.data(), count)) {
            badFrames.increment();
            Arrays.fill(written, 0, count, 0);
        } else {
            framesReceived.increment();
            bytesReceived.add(frame.data().length);
        }
        touched[pair] |= queue.push(buffers, written, count);
        return true;
    }

    /**
     * Takes buffers for so many bytes, one if the driver does not merge buffers.
     *
     * @return how many; 0 if there are not enough, and then none is taken
     */
    private int gather(VirtQueue queue, int length) {
        boolean merges = agreed(NetFeatures.MRG_RXBUF);
        int count = 0;
        for (long space = 0; space < length && count < buffers.length; count++) {
            VirtChain chain = queue.take();
            if (chain == null) {
                putBack(queue, count);
                return 0;
            }
            buffers[count] = chain;
            written[count] = (int) Math.min(chain.writableLength(), length - space);
            space += chain.writableLength();
            if (!merges) {
                return 1;
            }
        }
        return count;
    }

    private void putBack(VirtQueue queue, int count) {
        for (int i = 0; i < count; i++) {
            queue.putBack(buffers[i]);
        }
    }

    /** Writes header and frame to the buffers that were gathered; false if they are too small for that. */
    private boolean write(byte[] data, int count) {
        if (written[0] < NetHeader.LENGTH) {
            return false;
        }
        header.buffers(count);
        int now = written[0] - NetHeader.LENGTH;
        if (!buffers[0].write(0, header.bytes, 0, NetHeader.LENGTH)
                || !buffers[0].write(NetHeader.LENGTH, data, 0, now)) {
            return false;
        }
        int done = now;
        for (int i = 1; i < count; i++) {
            if (!buffers[i].write(0, data, done, written[i])) {
                return false;
            }
            done += written[i];
        }
        return done == data.length;
    }

    private void status(int value) {
        config().set16(CONFIG_STATUS, value);
    }

    private int status() {
        return config().get8(CONFIG_STATUS);
    }

    private void linkChanged() {
        boolean up = port.linkUp();
        if (up != ((status() & LINK_UP) != 0)) {
            // The other end may be another one: let it learn where we are.
            status(up ? LINK_UP | (active() && agreed(NetFeatures.GUEST_ANNOUNCE) ? ANNOUNCE : 0) : 0);
            configChanged();
        }
    }

    /** The driver has announced itself (5.1.6.5.4). */
    boolean announced() {
        status(status() & ~ANNOUNCE);
        return true;
    }

    boolean usePairs(int count) {
        if (count < 1 || count > settings.pairs()) {
            return false;
        }
        pairs = count;
        return true;
    }

    boolean useOffloads(long wanted) {
        if ((wanted & ~(features() & NetFeatures.GUEST_OFFLOADS)) != 0) {
            return false;
        }
        guestOffloads = wanted;
        if (held != null && !held.complete()) {
            // Finished by nobody: lost, as on a network.
            held = null;
        }
        port.accept(NetFeatures.offloads(wanted));
        return true;
    }

    boolean useAddress(byte[] address) {
        if (MacAddress.isGroup(address, 0)) {
            return false;
        }
        filter.own(address);
        config().set(0, address);
        return true;
    }

    @Override
    protected void saveDevice(StateWriter out) {
        out.putBytes("mac", filter.mac()).putInt("status", status()).putInt("pairs", pairs)
            .putLong("guest-offloads", guestOffloads);
        filter.save(out.section("filter"));
        FrameState.save(out, "held", held);
    }

    @Override
    protected void restoreDevice(StateReader in) throws StateException {
        config().set(0, in.getBytes("mac", MacAddress.LENGTH));
        status(in.getInt("status", 0, LINK_UP | ANNOUNCE));
        pairs = in.getInt("pairs", 1, settings.pairs());
        guestOffloads = in.getLong("guest-offloads") & NetFeatures.GUEST_OFFLOADS;
        filter.restore(in.section("filter"));
        held = FrameState.restore(in, "held");
    }
}
