"""Who has set the number of a Deployment's pods: the part of server-side apply that an autoscaler and Helm quarrel about."""


class Conflict(Exception):
    pass


class Replicas:
    def __init__(self):
        # Deployment: (manager, operation): whether the number is its.
        self.managers = {}

    def owners(self, key):
        return {who for who, owns in self.managers.get(key, {}).items() if owns}

    def set(self, key, who, owns, alone):
        known = self.managers.setdefault(key, {})
        if alone:
            known.update(dict.fromkeys(known, False))
        known[who] = owns

    def apply(self, key, live, body, manager, force):
        """Notes an apply. The number to keep where it leaves out one that is another's, else None."""
        who, wanted = (manager, "Apply"), body["spec"].get("replicas")
        others = self.owners(key) - {who}
        has = (live or {"spec": {}})["spec"].get("replicas")
        if wanted is None:
            self.set(key, who, False, alone=False)
            return has if others else None
        if others and wanted != has and not force:
            raise Conflict(f'Apply failed with 1 conflict: conflict with "{min(others)[0]}": .spec.replicas')
        self.set(key, who, True, alone=wanted != has)
        return None

    def update(self, key, live, new, manager):
        """Notes any other write: what it changes is its own."""
        wanted, has = new["spec"].get("replicas", 1), (live or {"spec": {}})["spec"].get("replicas")
        who = (manager, "Update")
        if wanted != has:
            self.set(key, who, True, alone=True)
        else:
            self.set(key, who, who in self.owners(key), alone=False)

    def fields(self, key):
        return [{"manager": manager, "operation": operation, "fieldsV1": {"f:spec": {"f:replicas": {}} if owns else {}}} for (manager, operation), owns in self.managers.get(key, {}).items()]
