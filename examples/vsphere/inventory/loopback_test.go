package inventory_test

import _ "github.com/klarity-go/klarity/internal/loopback" // no test reaches another machine
