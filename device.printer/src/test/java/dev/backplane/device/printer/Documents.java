package dev.backplane.device.printer;

import dev.backplane.api.host.Handover;
import dev.backplane.api.page.Page;
import dev.backplane.api.page.PageEndpoint;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A host that keeps the last document. */
final class Documents implements PageEndpoint {
    byte[] data;

    @Override
    public boolean document(String mediaType, byte[] bytes) {
        data = bytes;
        return mediaType.equals("application/postscript");
    }

    @Override
    public void begin(int number, String title) {
    }

    @Override
    public void page(Page page) {
    }

    @Override
    public void end() {
    }

    @Override
    public void cancel() {
    }

    @Override
    public int pending() {
        return 0;
    }

    @Override
    public String problem() {
        return null;
    }

    @Override
    public void save(StateWriter out) {
    }

    @Override
    public void restore(StateReader in, Handover from) {
    }

    @Override
    public void close() {
    }
}
