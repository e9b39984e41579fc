package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// pageTime is how long a page of a browser lives at most.
const pageTime = Slowness * 3 * time.Minute

// Browser is a headless browser.
type Browser struct {
	start     sync.Once
	err       error // why it did not start
	ctx       context.Context
	close     func()
	clipboard sync.Mutex // all pages have one
}

// shared is the browser of the package's tests.
var shared Browser

// OpenBrowser returns the browser that the package's tests share, started for the first of them. Without one on PATH
// the test is skipped; under REQUIRE_BROWSER=1 it fails.
func OpenBrowser(t *testing.T) *Browser {
	t.Helper()
	path := findBrowser(t)
	shared.start.Do(func() { shared.err = shared.run(path) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return &shared
}

func (b *Browser) run(path string) error {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.WSURLReadTimeout(pageTime))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	b.ctx, _ = chromedp.NewContext(ctx)
	b.close = func() {
		_ = chromedp.Cancel(b.ctx) // it closes the browser, and removes its files
		cancel()
	}
	return chromedp.Run(b.ctx)
}

// closeBrowser ends the browser that tests shared, if one was started.
func closeBrowser() {
	if shared.close != nil {
		shared.close()
	}
}

// findBrowser returns the path of a browser, or skips the test.
func findBrowser(t *testing.T) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REQUIRE_BROWSER") == "1" {
		t.Fatal("no browser: chromium is not on PATH")
	}
	t.Skip("no browser: chromium is not on PATH")
	return ""
}

// Page is a page of a browser, with storage of its own.
type Page struct {
	t       *testing.T
	browser *Browser
	ctx     context.Context
	storage cdp.BrowserContextID

	mu       sync.Mutex
	messages []string // of the console
	received int64    // bytes, with headers
}

// Page opens an empty page until the test ends, of a width in pixels and with dark or light colours.
func (b *Browser) Page(t *testing.T, width int64, dark bool) *Page {
	t.Helper()
	id, storage := b.newTarget(t)
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, pageTime)
	t.Cleanup(cancel)
	p := &Page{t: t, browser: b, ctx: ctx, storage: storage}
	chromedp.ListenTarget(ctx, p.note)
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.Do(log.Enable(), network.Enable(), emulation.SetFocusEmulationEnabled(true),
		emulation.SetDeviceMetricsOverride(width, 900, 1, false),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
	return p
}

// newTarget makes an empty page with storage of its own. It stands in a window of its own, without which Chromium opens
// no page beside those of the first storage; chromedp asks for none.
func (b *Browser) newTarget(t *testing.T) (id target.ID, storage cdp.BrowserContextID) {
	t.Helper()
	err := chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		ctx = cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
		if storage, err = target.CreateBrowserContext().Do(ctx); err != nil {
			return err
		}
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(storage).WithNewWindow(true).Do(ctx)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	return id, storage
}

// note keeps what an event of the browser says of the console and of bytes received.
func (p *Page) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch event := event.(type) {
	case *log.EventEntryAdded:
		p.messages = append(p.messages, event.Entry.Text+" "+event.Entry.URL)
	case *runtime.EventConsoleAPICalled:
		var text strings.Builder
		for _, arg := range event.Args {
			fmt.Fprintf(&text, "%s %s ", arg.Value, arg.Description)
		}
		p.messages = append(p.messages, text.String())
	case *runtime.EventExceptionThrown:
		p.messages = append(p.messages, event.ExceptionDetails.Error())
	case *network.EventLoadingFinished:
		p.received += int64(event.EncodedDataLength)
	}
}

// Messages returns what the page's console has said.
func (p *Page) Messages() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.messages...)
}

// Received returns how many bytes the page has received, as they were sent, with headers.
func (p *Page) Received() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.received
}

// Do does something in the page. The test fails where it cannot be done.
func (p *Page) Do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatalf("the browser: got %v, want no error; its console: %q", err, p.Messages())
	}
}

// Open loads an address.
func (p *Page) Open(address string) { p.t.Helper(); p.Do(chromedp.Navigate(address)) }

// Type types a text into what a selector of CSS finds.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.Do(chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// Press presses a key, which the package kb of chromedp names.
func (p *Page) Press(key string) { p.t.Helper(); p.Do(chromedp.KeyEvent(key)) }

// Copied returns the text that a function has the page copy. The page may read the clipboard from here on.
func (p *Page) Copied(do func()) string {
	p.t.Helper()
	p.browser.clipboard.Lock()
	defer p.browser.clipboard.Unlock()
	do()
	permissions := []browser.PermissionType{browser.PermissionTypeClipboardReadWrite,
		browser.PermissionTypeClipboardSanitizedWrite}
	p.Do(chromedp.ActionFunc(func(ctx context.Context) error {
		return browser.GrantPermissions(permissions).WithBrowserContextID(p.storage).
			Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
	}))
	return p.Text("navigator.clipboard.readText()")
}

// Click clicks on what a selector of CSS finds, where the mouse can reach it.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Do(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// Text returns what an expression of JavaScript gives, or what its promise does.
func (p *Page) Text(expression string) string {
	p.t.Helper()
	text, err := p.evaluate(expression)
	if err != nil {
		p.t.Fatalf("%s: got %v, want no error; the console: %q", expression, err, p.Messages())
	}
	return text
}

func (p *Page) evaluate(expression string) (text string, err error) {
	await := func(params *runtime.EvaluateParams) *runtime.EvaluateParams { return params.WithAwaitPromise(true) }
	err = chromedp.Run(p.ctx, chromedp.Evaluate("(async () => String(await ("+expression+")))()", &text, await))
	return text, err
}

// Wait waits until an expression of JavaScript is true, also while another page is being loaded.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	defer func() {
		if p.t.Failed() {
			said, _ := p.evaluate("document.body.innerText")
			p.t.Logf("the page says %q, its console %q", said, p.Messages())
		}
	}()
	Eventually(p.t, expression, func() bool {
		text, err := p.evaluate("Boolean(" + expression + ")")
		return err == nil && text == "true"
	})
}

// Screenshot writes a picture of the page into the folder CALLBOOK_SCREENSHOTS; without it, nothing.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	folder := os.Getenv("CALLBOOK_SCREENSHOTS")
	if folder == "" {
		return
	}
	var picture []byte
	p.Do(chromedp.CaptureScreenshot(&picture))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
