"""What the stand-alone verifier reports when it is asked in-process; what it refuses is in the report, as with the command."""


def _reported(verifier, place, check):
    report = verifier.Report(str(place))
    with report.noting(verifier.REFUSED):
        check(report)
    return report


def release_report(verifier, release, key=None, policy=None):
    return _reported(verifier, release, lambda report: verifier.check_release(release, key, policy, report))


def log_report(verifier, folder, policy_file, save=None, **more):
    """Of a log; kept in `save` if all is well."""

    def check(report):
        log = verifier.Log(folder, verifier.read_policy(policy_file), report)
        log.check(**more)
        if save and report.exit_code == 0:
            log.keep(save)

    return _reported(verifier, folder, check)


def audit_report(verifier, folder, since=None, max_age=None):
    policy = verifier.read_policy(folder / "policy.tlog")
    return _reported(verifier, folder, lambda report: verifier.check_audit(folder, policy, report, since, max_age))


def receipt_report(verifier, path, policy, **more):
    return _reported(verifier, path, lambda report: verifier.check_receipt(path, policy, report, **more))
