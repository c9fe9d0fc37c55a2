package servertest

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sh is a program that does what a line of shell says.
func sh(t *testing.T, line string) program {
	t.Helper()
	path, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	return program{name: "sh", path: path, args: []string{"-c", line}, folder: t.TempDir()}
}

func started(t *testing.T, p program) *process {
	t.Helper()
	running, err := p.start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.kill)
	return running
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

func TestKillEndsWhatTheProcessStartedToo(t *testing.T) {
	p := started(t, sh(t, "sleep 600 & echo $! > child.tmp; mv child.tmp child; wait"))
	var child int
	until(t, "a child", func() bool {
		b, err := os.ReadFile(p.program.folder + "/child")
		child, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		return err == nil
	})
	allAlive(t, []int{p.pid, child}, true)
	p.kill()
	allAlive(t, []int{p.pid}, false)
	until(t, "the end of the child", func() bool { return !alive(child) || zombie(child) })
}

func TestAProcessThatDoesNotAnswerOrHasEndedSaysWhatItPrinted(t *testing.T) {
	never := func(context.Context) error { return errors.New("no answer") }
	silent := started(t, sh(t, "echo I am here; exec sleep 600"))
	until(t, "its output", func() bool { return silent.tail() != "" })
	wantError(t, silent.await(50*time.Millisecond, never), "sh: want an answer within 50ms, found none: no answer: I am here")

	ended := started(t, sh(t, "echo "+strings.Repeat("x", 2*maxLogTail)+" port taken; exit 1"))
	want := "sh: want it to run, found it ended by itself (exit status 1): " + strings.Repeat("x", maxLogTail-len(" port taken\n")) + " port taken"
	err := ended.await(startTime, never)
	if wantError(t, err, want); !errors.Is(err, errEnded) {
		t.Errorf("want an error that says it ended, found %v", err)
	}
	wantError(t, ended.pause(), want)
}

func TestAServerThatEndsByItselfIsTriedAFewTimes(t *testing.T) {
	folder := t.TempDir()
	path, err := exec.LookPath("false")
	if err != nil {
		t.Fatal(err)
	}
	_, err = startS3(VersityGW, Region, folder, found{"versitygw": path})
	wantError(t, err, "versitygw: want it to run, found it ended by itself (exit status 1): ")
	tried, err := os.ReadDir(folder)
	if err != nil || len(tried) != startTries {
		t.Errorf("want %d tries, found %d, %v", startTries, len(tried), err)
	}
	_, err = startVault(folder, "", found{"vault": path})
	wantError(t, err, "vault: want it to run, found it ended by itself (exit status 1): ")
	_, err = startVault(folder, "", found{"vault": folder + "/none"})
	wantError(t, err, "vault: fork/exec "+folder+"/none: no such file or directory")
}

func TestACommandThatFailsSaysWhy(t *testing.T) {
	out, err := sh(t, "echo answer; echo $HOME >&2").run()
	if err != nil || string(out) != "answer\n" {
		t.Errorf("want its output alone, found %q, %v", out, err)
	}
	_, err = sh(t, "echo no quorum >&2; exit 3").run()
	wantError(t, err, "sh: exit status 3: no quorum")
	_, err = program{name: "none", path: "/none", folder: t.TempDir()}.run()
	wantError(t, err, "none: fork/exec /none: no such file or directory")
}

func TestProcessesSeeNoneOfOurEnvironment(t *testing.T) {
	t.Setenv("STRONGROOM_SERVERS", "needed")
	p := sh(t, "env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=' | sort")
	p.env = []string{"OWN=1"}
	out, err := p.run()
	want := "HOME=" + p.folder + "\nOWN=1\nPATH=" + os.Getenv("PATH") + "\nTMPDIR=" + p.folder + "\n"
	if err != nil || string(out) != want {
		t.Errorf("want %q, found %q, %v", want, out, err)
	}
}

func TestCredentialsAreOneKey(t *testing.T) {
	access, secret, err := credentials([]byte(`{"user_id":"test","keys":[{"user":"test","access_key":"A","secret_key":"S"}]}`))
	if access != "A" || secret != "S" || err != nil {
		t.Errorf("want A and S, found %q, %q, %v", access, secret, err)
	}
	for out, want := range map[string]string{
		`{"keys":[]}`:                   "radosgw-admin: want a user with one key, found 0 keys",
		`{"keys":[{"access_key":"A"}]}`: "radosgw-admin: want a user with one key, found 1 keys",
		`no`:                            "radosgw-admin: want a user in JSON: invalid character 'o' in literal null (expecting 'u')",
	} {
		_, _, err := credentials([]byte(out))
		wantError(t, err, want)
	}
}

func TestOnlyAnAnswerBelow500IsOne(t *testing.T) {
	_, p, c := before(t)
	asked := getter("https://"+c.endpoint+"/b/none", func() ([]byte, error) { return p.CAPEM, nil })
	if err := asked(t.Context()); err != nil {
		t.Errorf("a refusal: want it taken for an answer, found %v", err)
	}
	p.Inject(Fault{Times: 1, Do: Answer(http.StatusServiceUnavailable)})
	wantError(t, asked(t.Context()), "want a status below 500, found 503 Service Unavailable")
	none := getter("https://"+c.endpoint+"/", func() ([]byte, error) { return []byte("no certificate"), nil })
	wantError(t, none(t.Context()), "authority: want a certificate in PEM, found none in 14 bytes")
}

func TestAStepOfCephIsTriedAgainAFewTimes(t *testing.T) {
	turned := errors.New("turned away")
	for _, c := range []struct {
		fails, tries int
		want         error
	}{{0, 1, nil}, {3, 4, nil}, {cephTries, cephTries, turned}} {
		tries := 0
		err := again(func() error {
			if tries++; tries <= c.fails {
				return turned
			}
			return nil
		})
		if tries != c.tries || !errors.Is(err, c.want) {
			t.Errorf("failing %d times: want %d tries and %v, found %d and %v", c.fails, c.tries, c.want, tries, err)
		}
	}
}
