package dev.backplane.testkit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.host.Handover;
import dev.backplane.api.page.Page;
import dev.backplane.api.page.PageEndpoint;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A host's printing system that keeps the pages. Threading: under the card's lock. */
public final class TestPages implements PageEndpoint {
    private final List<Job> jobs = new ArrayList<>();
    private boolean raw = true;
    private int pending;
    private int retries;
    private String problem;

    /** One job. */
    public static final class Job {
        private final int number;
        private final String title;
        private final List<Page> pages = new ArrayList<>();
        private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
        private String end = "";

        private Job(int number, String title) {
            this.number = number;
            this.title = title;
        }

        public int number() {
            return number;
        }

        public String title() {
            return title;
        }

        public List<Page> pages() {
            return pages;
        }

        /** The bytes as the guest sent them. */
        public byte[] raw() {
            return raw.toByteArray();
        }

        /** {@code ended}, {@code cancelled} or "". */
        public String end() {
            return end;
        }
    }

    /** All jobs, in order. */
    public List<Job> jobs() {
        return jobs;
    }

    /** The pages of all jobs. */
    public List<Page> pages() {
        return jobs.stream().flatMap(job -> job.pages.stream()).toList();
    }

    /** Whether it asks for the bytes; it does if not said. */
    public void wantRaw(boolean wanted) {
        raw = wanted;
    }

    /** What it says of pages that wait. */
    public void pending(int pages) {
        pending = pages;
    }

    /** What it says is wrong on the host; null for nothing. */
    public void problem(String text) {
        problem = text;
    }

    /** How often it was told to try again. */
    public int retries() {
        return retries;
    }

    private Job open() {
        if (jobs.isEmpty() || !jobs.getLast().end.isEmpty()) {
            throw new IllegalStateException("no job is open");
        }
        return jobs.getLast();
    }

    @Override
    public void begin(int number, String title) {
        if (!jobs.isEmpty() && jobs.getLast().end.isEmpty()) {
            throw new IllegalStateException("job " + jobs.getLast().number + " is open");
        }
        jobs.add(new Job(number, title));
    }

    @Override
    public void raw(byte[] data, int offset, int length) {
        open().raw.write(data, offset, length);
    }

    @Override
    public boolean wantsRaw() {
        return raw;
    }

    @Override
    public void page(Page page) {
        open().pages.add(page);
    }

    @Override
    public void end() {
        open().end = "ended";
    }

    @Override
    public void cancel() {
        open().end = "cancelled";
    }

    @Override
    public int pending() {
        return pending;
    }

    @Override
    public String problem() {
        return problem;
    }

    @Override
    public void retry() {
        retries++;
        problem = null;
    }

    @Override
    public void save(StateWriter out) {
        out.putInt("jobs", jobs.size());
    }

    @Override
    public void restore(StateReader in, Handover from) {
        throw new IllegalStateException("this endpoint stays when a card is replaced");
    }

    @Override
    public void close() {
        pending = 0;
    }
}
