//go:build !unix

package cluster

import "os/exec"

// account is the user as whom PostgreSQL runs; elsewhere than on Unix, only TEST_DATABASE_URL gives a PostgreSQL.
type account struct{}

func unprivileged() (account, error) { return account{}, ErrNoBinaries }

func (account) own(string) error { return nil }

func (account) command(name string, args ...string) *exec.Cmd { return exec.Command(name, args...) }
