package dev.backplane.device.printer.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** The last jobs of a printer. Threading: under the device's lock. */
final class JobLog {
    private static final int KEPT = 100;

    private final List<Job> jobs = new ArrayList<>();
    private int count;
    /** Taken by the open job, and not in its record yet: records are not made for each byte. */
    private long uncounted;

    List<Job> jobs() {
        if (uncounted > 0) {
            last(last());
        }
        return List.copyOf(jobs);
    }

    Job begin(Instant now) {
        if (jobs.size() == KEPT) {
            jobs.removeFirst();
        }
        jobs.add(new Job(++count, "", now, null, 0, 0, "printing"));
        return jobs.getLast();
    }

    boolean open() {
        return !jobs.isEmpty() && jobs.getLast().ended() == null;
    }

    Job last() {
        return jobs.getLast();
    }

    void last(Job changed) {
        jobs.set(jobs.size() - 1, changed.taken(uncounted));
        uncounted = 0;
    }

    void countByte() {
        uncounted++;
    }

    void save(StateWriter out) {
        jobs();
        out.putInt("count", count).putInt("kept", jobs.size());
        for (int i = 0; i < jobs.size(); i++) {
            Job j = jobs.get(i);
            StateWriter s = out.section("job-" + i);
            s.putInt("number", j.number()).putString("language", j.language())
                .putLong("started", j.started().toEpochMilli()).putInt("pages", j.pages()).putLong("bytes", j.bytes())
                .putString("state", j.state());
            if (j.ended() != null) {
                s.putLong("ended", j.ended().toEpochMilli());
            }
        }
    }

    void restore(StateReader in) throws StateException {
        count = in.getInt("count", 0, Integer.MAX_VALUE);
        int kept = in.getInt("kept", 0, KEPT);
        for (int i = 0; i < kept; i++) {
            StateReader s = in.section("job-" + i);
            Instant ended = s.has("ended") ? Instant.ofEpochMilli(s.getLong("ended")) : null;
            if (ended == null && i < kept - 1) {
                throw new StateException("job-" + i + " has no end; only the last one may have none");
            }
            jobs.add(new Job(s.getInt("number", 1, Integer.MAX_VALUE), s.getString("language"),
                Instant.ofEpochMilli(s.getLong("started")), ended, s.getInt("pages", 0, Integer.MAX_VALUE),
                s.getLong("bytes"), s.getString("state")));
        }
    }
}
