package dev.backplane.host.net.lan;

import dev.backplane.api.net.Frame;

/** What is plugged into a switch: a card's port, or a gateway. Its fields are guarded by the switch. */
abstract class Member {
    /** Frames to all in a second, and at once. */
    private static final double FLOODS = 20_000;

    final Vlans vlans;
    final boolean isolated;
    /** How many addresses the switch knows behind it. */
    int addresses;
    private double tokens = FLOODS;
    private long tokensAt;

    Member(Vlans vlans, boolean isolated) {
        this.vlans = vlans;
        this.isolated = isolated;
    }

    /** The next frame that it sends, or null. */
    abstract Frame take();

    /** Gives it a frame; what it cannot take is dropped and counted by it. */
    abstract void deliver(Frame frame);

    abstract void count(String counter);

    /** Whether it may send one more frame to everybody: bounds what a loop of the guests' making does. */
    boolean mayFlood(long now) {
        if (tokensAt == 0) {
            tokensAt = now;
        }
        tokens = Math.min(FLOODS, tokens + (now - tokensAt) * (FLOODS / 1e9));
        tokensAt = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }
}
