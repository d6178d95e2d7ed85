"""Consensus, progress and agreement: runs `quality` over stored votes and feeds the dashboards."""
