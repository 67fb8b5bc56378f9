"""Pure logic of workloads: strict bodies, what in them is dangerous, reserved labels, constraints of scheduling.

No ORM, no I/O, no policy: these rules say what a body asks for (`workload.Review`); whether the caller may have it is
`access`'s answer. The Docker gateway and the REST API use the same ones, so the same effect gets the same verdict.
"""
