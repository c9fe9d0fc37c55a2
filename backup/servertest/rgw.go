package servertest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// startRGW starts Ceph's gateway over the smallest cluster: one monitor and one
// store in memory. Objects outlive the gateway, not the test.
func (s *S3Server) startRGW(programs found) error {
	monitor, err := freeAddress()
	if err != nil {
		return fmt.Errorf("rgw: %w", err)
	}
	id := identity()
	if err := s.configureCeph(id, monitor); err != nil {
		return fmt.Errorf("rgw: %w", err)
	}
	if err := s.startMonitor(programs, id, monitor); err != nil {
		return err
	}
	if err := s.startStore(programs); err != nil {
		return err
	}
	s.program = s.ceph(programs, "radosgw", "-f", "-n", "client.rgw", "--no-mon-config")
	if err := s.launch(s.program); err != nil {
		return err
	}
	return s.createUser(programs)
}

// identity draws a name for a cluster, in the form of a UUID.
func identity() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// ceph is one of Ceph's programs, which reads our configuration.
func (s *S3Server) ceph(programs found, name string, args ...string) program {
	return program{name: name, path: programs[name], folder: s.folder, args: append([]string{"-c", s.in("ceph.conf")}, args...)}
}

// configureCeph writes ceph.conf, and the gateway's certificate with its key
// into one file, as it wants them.
func (s *S3Server) configureCeph(id, monitor string) error {
	certificate, key, err := s.authority.issue()
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.in("both.pem"), append(certificate, key...), 0o600); err != nil {
		return err
	}
	for _, folder := range []string{"mon", "osd", "rgw"} {
		if err := os.Mkdir(s.in(folder), 0o700); err != nil {
			return err
		}
	}
	lines := append(cluster(id, monitor, s.folder), "[client.rgw]",
		"rgw data = "+s.in("rgw"),
		"rgw frontends = beast ssl_endpoint="+s.Endpoint+" ssl_certificate="+s.in("both.pem")+" ssl_private_key="+s.in("both.pem"),
		"rgw thread pool size = 32", "rgw enable apis = s3", "")
	return os.WriteFile(s.in("ceph.conf"), []byte(strings.Join(lines, "\n")), 0o600)
}

// cluster is the configuration of monitor and store: this machine only, one
// copy of everything, no authentication between them, nothing outside of the
// folder. Sockets for administrators are off: their paths would be too long. On
// a disk with little room left a monitor would end itself, before it is used up.
func cluster(id, monitor, folder string) []string {
	return []string{"[global]", "fsid = " + id,
		"mon host = [v1:" + monitor + "]", "mon initial members = a",
		"public addr = 127.0.0.1", "cluster addr = 127.0.0.1", "ms bind ipv6 = false",
		"auth cluster required = none", "auth service required = none", "auth client required = none",
		"auth allow insecure global id reclaim = true",
		"paxos propose interval = 0.05", "paxos min wait = 0.01", // it is alone: no need to gather what others say
		"osd pool default size = 1", "osd pool default min size = 1",
		"osd pool default pg num = 4", "osd pool default pgp num = 4", "osd pool default pg autoscale mode = off",
		"osd crush chooseleaf type = 0", "osd objectstore = memstore", "memstore device bytes = 4294967296",
		"mon data = " + folder + "/mon", "mon data avail crit = 0", "mon data avail warn = 0",
		"osd data = " + folder + "/osd",
		"run dir = " + folder, "pid file =", "admin socket =",
		"log file = " + folder + "/$name.log", "crash dir = " + folder,
		"mon allow pool size one = true", "mon warn on pool no redundancy = false", "mon max pg per osd = 1000"}
}

// startMonitor starts the monitor and waits until it has elected itself: what
// asks it before that gets an answer without sense.
func (s *S3Server) startMonitor(programs found, id, address string) error {
	if _, err := (program{name: "monmaptool", path: programs["monmaptool"], folder: s.folder,
		args: []string{"--create", "--clobber", "--fsid", id, "--addv", "a", "[v1:" + address + "]", s.in("monmap")}}).run(); err != nil {
		return err
	}
	if _, err := s.ceph(programs, "ceph-mon", "--mkfs", "-i", "a", "--monmap", s.in("monmap")).run(); err != nil {
		return err
	}
	return s.startBehind(s.ceph(programs, "ceph-mon", "-f", "-i", "a"), func(context.Context) error {
		return s.tell(programs, "quorum a", "status")
	})
}

// startStore makes the store's files, registers it under the identity that they
// have got, and starts it.
func (s *S3Server) startStore(programs found) error {
	if _, err := s.ceph(programs, "ceph-osd", "-i", "0", "--mkfs", "--no-mon-config").run(); err != nil {
		return err
	}
	own, err := os.ReadFile(s.in("osd/fsid"))
	if err != nil {
		return fmt.Errorf("rgw: %w", err)
	}
	if err := again(func() error { return s.tell(programs, "", "osd", "new", strings.TrimSpace(string(own)), "0") }); err != nil {
		return err
	}
	return again(func() error {
		return s.startBehind(s.ceph(programs, "ceph-osd", "-f", "-i", "0"), func(context.Context) error {
			return s.tell(programs, "1 up", "osd", "stat")
		})
	})
}

// again tries a few times what Ceph's programs fail at now and then: who asks a
// monitor before it has told the cluster's name is turned away. What took long
// to fail is not tried again.
func again(try func() error) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	for range cephTries {
		if err = try(); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// tell gives the monitor a command and wants a word in the answer.
func (s *S3Server) tell(programs found, word string, command ...string) error {
	p := s.ceph(programs, "ceph", append([]string{"--connect-timeout", "10"}, command...)...)
	out, err := p.run()
	if err == nil && !strings.Contains(string(out), word) {
		err = fmt.Errorf("%s: want %q, found %q", p.name, word, tail(out))
	}
	return err
}

// startBehind starts a process that the gateway stands on and waits until it
// answers.
func (s *S3Server) startBehind(p program, answers func(context.Context) error) error {
	running, err := p.start()
	if err != nil {
		return err
	}
	if err := running.await(startTime, answers); err != nil {
		running.kill()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind = append(s.behind, running)
	return nil
}

// createUser has the gateway draw credentials, so that no command line holds
// them.
func (s *S3Server) createUser(programs found) error {
	out, err := s.ceph(programs, "radosgw-admin", "-n", "client.rgw", "user", "create", "--uid=test", "--display-name=test").run()
	if err != nil {
		return err
	}
	s.AccessKey, s.SecretKey, err = credentials(out)
	return err
}

// credentials reads the only key of a user, as radosgw-admin prints it.
func credentials(out []byte) (access, secret string, err error) {
	var user struct {
		Keys []struct {
			AccessKey string `json:"access_key"`
			SecretKey string `json:"secret_key"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(out, &user); err != nil {
		return "", "", fmt.Errorf("radosgw-admin: want a user in JSON: %w", err)
	}
	if len(user.Keys) != 1 || user.Keys[0].AccessKey == "" || user.Keys[0].SecretKey == "" {
		return "", "", fmt.Errorf("radosgw-admin: want a user with one key, found %d keys", len(user.Keys))
	}
	return user.Keys[0].AccessKey, user.Keys[0].SecretKey, nil
}
