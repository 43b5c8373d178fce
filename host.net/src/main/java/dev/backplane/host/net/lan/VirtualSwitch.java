package dev.backplane.host.net.lan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.user.Gateway;
import dev.backplane.host.net.wire.Wire;

/**
 * A learning switch with VLANs. One thread carries all frames; the lock guards members and table, and is held for one
 * turn of the thread at a time.
 */
final class VirtualSwitch {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualSwitch.class);
    private static final int TURN = 64;
    /** Pause frames end at the first port (IEEE 802.3, 31B). */
    private static final long PAUSE = 0x0180_C200_0001L;

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Member> members = new ArrayList<>();
    private final MacTable table = new MacTable();
    private final Map<Integer, GatewayPort> gateways = new HashMap<>();
    private Thread thread;
    private volatile boolean running;
    private volatile boolean awake;

    VirtualSwitch(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    void plug(Member member) {
        lock.lock();
        try {
            members.add(member);
            if (thread == null) {
                running = true;
                thread = Thread.ofPlatform().daemon().name("switch " + name).start(this::run);
            }
        } finally {
            lock.unlock();
        }
        wake();
    }

    /** Takes a port out. Returns whether it was the last: then nothing of the switch is left. */
    boolean unplug(Member member) {
        List<GatewayPort> last = List.of();
        Thread mine = null;
        boolean empty;
        lock.lock();
        try {
            members.remove(member);
            table.forget(member);
            empty = members.stream().allMatch(GatewayPort.class::isInstance);
            if (empty) {
                last = List.copyOf(gateways.values());
                gateways.clear();
                members.clear();
                mine = thread;
                thread = null;
                running = false;
            }
        } finally {
            lock.unlock();
        }
        last.forEach(GatewayPort::close);
        if (mine != null) {
            LockSupport.unpark(mine);
        }
        return empty;
    }

    /** The gateway of a VLAN; made as planned if there is none. */
    GatewayPort gateway(int vlan, Gateway.Plan plan) throws IOException {
        lock.lock();
        try {
            GatewayPort port = gateways.get(vlan);
            if (port == null && plan != null) {
                port = new GatewayPort(this, vlan, plan);
                gateways.put(vlan, port);
                members.add(port);
            }
            return port;
        } finally {
            lock.unlock();
        }
    }

    /** What was learned from a port: VLAN in the bits above 48. */
    long[] addresses(Member member) {
        lock.lock();
        try {
            return table.of(member);
        } finally {
            lock.unlock();
        }
    }

    void learn(Member member, long[] addresses) {
        lock.lock();
        try {
            long now = System.nanoTime();
            for (long address : addresses) {
                table.learn((int) (address >>> 48), address & Wire.BROADCAST, member, now);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Runs something while no frame is carried. */
    void quietly(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** There is something to carry, or room. */
    void wake() {
        awake = true;
        Thread mine = thread;
        if (mine != null && mine != Thread.currentThread()) {
            LockSupport.unpark(mine);
        }
    }

    private void run() {
        while (running) {
            awake = false;
            boolean more = false;
            lock.lock();
            try {
                long now = System.nanoTime();
                for (int i = 0; i < members.size(); i++) {
                    more |= carry(members.get(i), now);
                }
            } catch (RuntimeException e) {
                LOG.error("switch {}: a frame was dropped", name, e);
            } finally {
                lock.unlock();
            }
            if (!more && !awake && running) {
                LockSupport.park(this);
            }
        }
    }

    private boolean carry(Member from, long now) {
        for (int i = 0; i < TURN; i++) {
            Frame frame = from.take();
            if (frame == null) {
                return false;
            }
            carry(from, frame, now);
        }
        return true;
    }

    private void carry(Member from, Frame frame, long now) {
        int vlan = from.vlans.of(frame);
        long source = Wire.get48(frame.data(), 6);
        long target = Wire.get48(frame.data(), 0);
        if (vlan == Vlans.NONE) {
            from.count("switch-wrong-vlan");
            return;
        }
        boolean gateways = source == Gateway.MAC && !(from instanceof GatewayPort) && this.gateways.containsKey(vlan);
        if ((source & Wire.GROUP) != 0 || source == 0 || gateways || target == PAUSE) {
            from.count("switch-bad-frames");
            return;
        }
        if (!table.learn(vlan, source, from, now)) {
            from.count("switch-too-many-addresses");
        }
        Frame plain = Vlans.strip(frame);
        Member to = (target & Wire.GROUP) != 0 ? null : table.find(vlan, target, now);
        if (to != null) {
            send(from, to, plain, vlan);
        } else if (from.mayFlood(now)) {
            for (int i = 0; i < members.size(); i++) {
                send(from, members.get(i), plain, vlan);
            }
        } else {
            from.count("switch-storm-dropped");
        }
    }

    private static void send(Member from, Member to, Frame plain, int vlan) {
        if (to != from && to.vlans.has(vlan) && !(from.isolated && to.isolated)) {
            Frame frame = to.vlans.tag(plain, vlan);
            if (frame != null) {
                to.deliver(frame);
            }
        }
    }
}
